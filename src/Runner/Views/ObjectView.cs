using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Views;

/// <summary>A JSON object as text for people: fields in a column, inner objects indented, lists of objects as tables.</summary>
internal static class ObjectView
{
    private const int Indent = 2;

    /// <summary>The lines of an object.</summary>
    public static IEnumerable<string> Lines(JsonObject value, int depth = 0)
    {
        string margin = new(' ', depth * Indent);
        int width = value.Where(static field => IsSimple(field.Value)).Select(static field => field.Key.Length).DefaultIfEmpty(0).Max();
        foreach ((string name, JsonNode? field) in value)
        {
            switch (field)
            {
                case JsonObject inner:
                    yield return $"{margin}{name}";
                    foreach (string line in Lines(inner, depth + 1))
                        yield return line;
                    break;
                case JsonArray { Count: > 0 } list when list[0] is JsonObject:
                    yield return $"{margin}{name}";
                    foreach (string line in Table([.. list.OfType<JsonObject>()]))
                        yield return $"{margin}{new string(' ', Indent)}{line}";
                    break;
                default:
                    yield return $"{margin}{name.PadRight(width)}  {Text(field)}";
                    break;
            }
        }
    }

    /// <summary>Objects as rows of a table, with a heading.</summary>
    public static IEnumerable<string> Table(IReadOnlyList<JsonObject> rows)
    {
        string[] names = [.. rows.SelectMany(static row => row.Select(static field => field.Key)).Distinct()];
        List<string[]> cells = [names, .. rows.Select(row => names.Select(name => Text(row[name])).ToArray())];
        bool[] isNumber = [.. names.Select(name => rows.Any(row => row[name] is not null) && rows.All(row => row[name] is null || row[name]!.GetValueKind() == JsonValueKind.Number))];
        int[] widths = [.. names.Select((_, column) => cells.Max(row => row[column].Length))];
        foreach (string[] row in cells)
        {
            yield return string.Join("  ", row.Select((cell, column) => isNumber[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd();
        }
    }

    private static bool IsSimple(JsonNode? value) => value is not JsonObject && !(value is JsonArray { Count: > 0 } list && list[0] is JsonObject);

    private static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonArray list => string.Join(", ", list.Select(Text)),
        JsonObject inner => string.Join(", ", inner.Select(static field => $"{field.Key} {Text(field.Value)}")),
        _ => value.GetValueKind() switch
        {
            JsonValueKind.True => "yes",
            JsonValueKind.False => "no",
            JsonValueKind.Number => Number(value.ToJsonString()),
            _ => value.ToString(),
        },
    };

    // A node holds whatever number type it was made of; its text is the same for all.
    private static string Number(string json) => long.TryParse(json, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)
        ? whole.ToString("N0", CultureInfo.InvariantCulture)
        : double.Parse(json, CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture);
}
