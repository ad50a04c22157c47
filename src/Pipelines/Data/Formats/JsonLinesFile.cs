using System.Globalization;
using System.Text.Json;
using MLTransfer.Models.Errors;

namespace MLTransfer.Pipelines.Data.Formats;

/// <summary>One JSON object a line. Its columns are the names that the first thousand objects use.</summary>
internal sealed class JsonLinesFile : ITable
{
    private const int LinesForColumns = 1000;

    private readonly System.Text.Encoding _encoding;
    private readonly string _name;

    private JsonLinesFile(string path, System.Text.Encoding encoding, List<string> columns)
    {
        Path = path;
        _name = System.IO.Path.GetFileName(path);
        _encoding = encoding;
        Columns = columns;
    }

    public string Path { get; }

    public IReadOnlyList<string> Columns { get; }

    public IReadOnlyList<string> Notes => [];

    /// <summary>Reads the column names.</summary>
    /// <exception cref="UserException">The file has no line with a JSON object.</exception>
    public static JsonLinesFile Open(string path, DataSource source)
    {
        System.Text.Encoding encoding = TextEncoding.Find(source.Encoding);
        var columns = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? firstError = null;
        int lines = 0;
        foreach (string line in File.ReadLines(path, encoding).Where(line => !string.IsNullOrWhiteSpace(line)).Take(LinesForColumns))
        {
            lines++;
            using JsonDocument? document = TryParse(line, out string error);
            if (document is null)
                firstError ??= error;
            else
                columns.AddRange(document.RootElement.EnumerateObject().Select(property => property.Name).Where(seen.Add));
        }
        if (lines == 0)
            throw new UserException($"{path} is empty. Give a file with one JSON object a line, at least one for each of two classes.");
        if (columns.Count == 0)
            throw new UserException($"{path} is not JSON lines: {firstError}. Give one JSON object a line, such as {{\"text\": \"…\", \"label\": \"…\"}}.");
        return new JsonLinesFile(path, encoding, columns);
    }

    public IEnumerable<TableRow> Read(IReadOnlyList<int> columns)
    {
        string[] names = [.. columns.Select(column => Columns[column])];
        long number = 0;
        foreach (string line in File.ReadLines(Path, _encoding))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            yield return ReadLine(line, string.Create(CultureInfo.InvariantCulture, $"{_name}:{number}"), names);
        }
    }

    private static TableRow ReadLine(string line, string key, string[] names)
    {
        using JsonDocument? document = TryParse(line, out string error);
        if (document is null)
            return new TableRow(key, [], new RowProblem(RowProblemKind.Malformed, error));
        var values = new string?[names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            JsonElement[] found = [.. document.RootElement.EnumerateObject().Where(property => property.NameEquals(names[i])).Select(property => property.Value)];
            if (found.Length > 1)
                return new TableRow(key, [], new RowProblem(RowProblemKind.Malformed, $"'{names[i]}' stands more than once in the object"));
            if (found.Length == 0 || found[0].ValueKind == JsonValueKind.Null)
                continue;
            if (found[0].ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            {
                return new TableRow(key, [], new RowProblem(
                    RowProblemKind.Malformed, $"'{names[i]}' holds {(found[0].ValueKind == JsonValueKind.Array ? "an array" : "an object")} where a string, number or boolean was expected"));
            }
            values[i] = found[0].ToString();
        }
        return new TableRow(key, values);
    }

    private static JsonDocument? TryParse(string line, out string error)
    {
        error = "";
        try
        {
            JsonDocument document = JsonDocument.Parse(line);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            error = $"the line holds {document.RootElement.ValueKind.ToString().ToLowerInvariant()} where an object was expected";
            document.Dispose();
            return null;
        }
        catch (JsonException exception)
        {
            error = $"the line is not JSON, at byte {exception.BytePositionInLine?.ToString(CultureInfo.InvariantCulture) ?? "?"}";
            return null;
        }
    }
}
