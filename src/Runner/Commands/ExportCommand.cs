using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Export;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Runner.RunFolders;
using MLTransfer.Runner.Views;

namespace MLTransfer.Runner.Commands;

/// <summary><c>export</c>: a trained model as one ONNX file.</summary>
internal static class ExportCommand
{
    public static Command Create(CommandContext context)
    {
        ModelArgument model = new();
        Option<string?> output = new("--output", "-o") { Description = "The file to write. The default is model.onnx beside model.zip.", HelpName = "file" };
        Option<string?> data = new("--data")
        {
            Description = "Labelled rows on which the ONNX file is compared with the model before it is written. The default is the run's test set, or its training data.",
            HelpName = "path",
        };
        Option<int> rows = new("--rows") { Description = "Compare on so many rows at most, spread over the data.", HelpName = "n", DefaultValueFactory = static _ => 1000 };
        Option<bool> channelsLast = new("--channels-last") { Description = "Let the graph take pixels as [batch, height, width, 3] instead of planes." };
        Command command = new("export", "Write a trained model as one ONNX file: text or pixels in, label and scores out.") { model.Argument, output, data, rows, channelsLast };
        command.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                int most = parsed.GetValue(rows);
                if (most < 1)
                    throw new UserException($"--rows is {most}; expected 1 or more.");
                return Export(context, parsed, model, parsed.GetValue(output), parsed.GetValue(data), new OnnxExportOptions { MostRows = most, ChannelsLast = parsed.GetValue(channelsLast) }, cancellation);
            },
            cancellation));
        return command;
    }

    private static int Export(
        CommandContext context, ParseResult parsed, ModelArgument argument, string? output, string? data, OnnxExportOptions options, CancellationToken cancellation)
    {
        string path = context.Console.FullPath(parsed.GetRequiredValue(argument.Argument));
        (TrainedModel model, DataSource? trained) = argument.Load(parsed, context.Console);
        using (model)
        {
            string zip = Directory.Exists(path) ? Path.Combine(path, RunFiles.Model) : path;
            string onnx = output is null ? Path.ChangeExtension(zip, ".onnx") : context.Console.FullPath(output);
            string compared = data is not null ? context.Console.FullPath(data) : DataOfRun(zip, trained);
            InputRows input = InputRows.ForEvaluation(compared, trained ?? new DataSource(), model, cancellation);
            foreach (string warning in input.Warnings)
                context.Console.Error.WriteLine($"warning: {warning}");
            OnnxExportReport report = new MLContext().Model.ExportToOnnx(zip, onnx, input.Rows.Spread(options.MostRows).View, options, cancellation);
            Write(context, parsed, report);
        }
        return ExitCode.Success;
    }

    private static string DataOfRun(string zip, DataSource? trained) => (trained?.Test ?? trained?.Train) is { } path
        ? Path.GetFullPath(path, Path.GetDirectoryName(zip)!)
        : throw new UserException($"There is no {RunFiles.Resolved} beside {zip} that tells its data. Give rows to compare the ONNX file on with --data.");

    private static void Write(CommandContext context, ParseResult parsed, OnnxExportReport report)
    {
        JsonObject result = new()
        {
            ["path"] = report.Path,
            ["bytes"] = new FileInfo(report.Path).Length,
            ["inputs"] = Values(report.Inputs),
            ["outputs"] = Values(report.Outputs),
            ["classes"] = report.Classes.Count,
            ["rowsCompared"] = report.RowsCompared,
            ["largestDifference"] = report.LargestDifference,
        };
        if (parsed.GetValue(context.Json))
        {
            JsonLines.Write(context.Console.Output, new JsonObject { ["event"] = "result", ["export"] = result });
            return;
        }
        if (parsed.GetValue(context.Quiet))
            return;
        // Small numbers are rounded to 0 for the eye.
        result["largestDifference"] = report.LargestDifference.ToString("0.0e0", CultureInfo.InvariantCulture);
        foreach (string line in ObjectView.Lines(result))
            context.Console.Output.WriteLine(line);
    }

    private static JsonArray Values(IReadOnlyList<OnnxValue> values) => new([.. values.Select(static value => new JsonObject
    {
        ["name"] = value.Name,
        ["type"] = value.ElementType,
        ["shape"] = value.Dimensions is null ? "unknown" : $"[{string.Join(", ", value.Dimensions)}]",
    })]);
}
