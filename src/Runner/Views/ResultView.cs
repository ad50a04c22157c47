using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace MLTransfer.Runner.Views;

/// <summary>The end of a run: a table of metrics, and where the files are.</summary>
internal static class ResultView
{
    private const int MostClassesShown = 20;

    /// <summary>Writes the metrics, and the files in the order given.</summary>
    public static void Write(RunnerConsole console, JsonObject metrics, IReadOnlyList<string> files)
    {
        WriteMetrics(console, metrics);
        console.Output.WriteLine();
        foreach (string file in files)
            console.Output.WriteLine(Path.GetRelativePath(console.WorkingDirectory, file));
        console.Output.Flush();
    }

    /// <summary>Writes the metrics.</summary>
    public static void WriteMetrics(RunnerConsole console, JsonObject metrics)
    {
        if (!console.IsTerminal)
        {
            console.Output.WriteLine();
            foreach (string line in Lines(metrics))
                console.Output.WriteLine(line);
            return;
        }
        foreach ((string title, IReadOnlyList<JsonObject> rows) in Tables(metrics))
            console.Terminal.Write(Table(title, rows));
    }

    /// <summary>The metrics as lines of text.</summary>
    public static IEnumerable<string> Lines(JsonObject metrics)
    {
        foreach ((string title, IReadOnlyList<JsonObject> rows) in Tables(metrics))
        {
            yield return title;
            foreach (string line in ObjectView.Table(rows))
                yield return "  " + line;
        }
    }

    private static IEnumerable<(string Title, IReadOnlyList<JsonObject> Rows)> Tables(JsonObject metrics)
    {
        if (metrics["test"] is JsonObject test)
        {
            yield return ("test set", Scalars(test));
            if (test["perClass"] is JsonObject { Count: <= MostClassesShown } classes)
                yield return ("classes", PerClass(classes));
        }
        if (metrics["baselines"] is JsonObject baselines && metrics["test"] is JsonObject tuned)
            yield return ("baselines", Baselines(baselines, tuned));
        if (metrics["validation"] is JsonObject { } validation && validation["mean"] is JsonObject mean)
            yield return ("cross-validation", Spread(mean, validation["standardDeviation"]?.AsObject()));
    }

    private static JsonObject[] Scalars(JsonObject metrics) =>
    [
        .. metrics.SelectMany(static metric => metric.Value switch
        {
            JsonObject perK when metric.Key == "topKAccuracy" => perK.Select(static entry => Row($"top{entry.Key}Accuracy", entry.Value!)),
            JsonValue value when value.GetValueKind() == JsonValueKind.Number => [Row(metric.Key, value)],
            _ => Enumerable.Empty<JsonObject>(),
        }),
    ];

    private static JsonObject Row(string name, JsonNode value) => new() { ["metric"] = name, ["value"] = Number(name, value) };

    private static JsonObject[] PerClass(JsonObject classes) =>
    [
        .. classes.Select(static entry =>
        {
            JsonObject row = new() { ["class"] = entry.Key };
            foreach ((string name, JsonNode? value) in entry.Value!.AsObject())
                row[name] = Number(name, value!);
            return row;
        }),
    ];

    private static JsonObject[] Baselines(JsonObject baselines, JsonObject tuned)
    {
        return [Line("fine-tuned", tuned), .. baselines.Select(static entry => Line(entry.Key, entry.Value!.AsObject()))];

        static JsonObject Line(string name, JsonObject metrics) => new()
        {
            ["model"] = name,
            ["accuracy"] = Number("accuracy", metrics["accuracy"]!),
            ["gain"] = metrics["gain"]?["accuracy"] is { } gain ? gain.GetValue<double>().ToString("+0.0000;-0.0000", CultureInfo.InvariantCulture) : null,
            ["macroF1"] = Number("macroF1", metrics["macroF1"]!),
            ["logLoss"] = Number("logLoss", metrics["logLoss"]!),
        };
    }

    private static JsonObject[] Spread(JsonObject mean, JsonObject? deviation) =>
    [
        .. mean.Select(entry => new JsonObject
        {
            ["metric"] = entry.Key,
            ["mean"] = Number(entry.Key, entry.Value!),
            ["standardDeviation"] = deviation?[entry.Key] is { } value ? Number(entry.Key, value) : null,
        }),
    ];

    // A ratio of exactly 1 is no count.
    private static string Number(string name, JsonNode value) => name is "rows" or "support"
        ? value.GetValue<long>().ToString("N0", CultureInfo.InvariantCulture)
        : value.GetValue<double>().ToString("0.0000", CultureInfo.InvariantCulture);

    private static Table Table(string title, IReadOnlyList<JsonObject> rows)
    {
        Table table = new Table().Border(TableBorder.Rounded).Title(new TableTitle(title));
        string[] names = [.. rows.SelectMany(static row => row.Select(static field => field.Key)).Distinct()];
        for (int i = 0; i < names.Length; i++)
            table.AddColumn(new TableColumn(new Text(names[i])) { Alignment = i == 0 ? Justify.Left : Justify.Right });
        foreach (JsonObject row in rows)
            table.AddRow([.. names.Select(name => new Text(row[name]?.ToString() ?? ""))]);
        return table;
    }
}
