using MLTransfer.Benchmarks.Data;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Benchmarks.Extraction.Texts;

/// <summary>The texts of a data set.</summary>
internal sealed class TextSource
{
    public TextSource(string dataSet) => Texts = dataSet switch
    {
        "sst2" => Read(dataSet, "train.tsv", DataFormat.Tsv, "text"),
        "banking77" => Read(dataSet, "train.csv", DataFormat.Csv, "text"),
        "github-issues" => Read(dataSet, "issues.tsv", DataFormat.Tsv, "Title", "Description"),
        _ => throw new ArgumentException($"There is no text data set {dataSet}. Expected {string.Join(", ", Names)}."),
    };

    public const string Backbone = "all-MiniLM-L6-v2";

    public static IReadOnlyList<string> Names { get; } = ["sst2", "banking77", "github-issues"];

    public IReadOnlyList<string> Texts { get; }

    public string Text(int row) => Texts[row % Texts.Count];

    private static string[] Read(string dataSet, string file, DataFormat format, params string[] columns)
    {
        string path = Path.Combine(SharedFiles.DataSet(dataSet), file);
        var table = DelimitedFile.Open(path, new DataSource { Quotes = format == DataFormat.Csv }, format, columns);
        int[] indices = [.. columns.Select(column => table.Columns.ToList().IndexOf(column))];
        return [.. table.Read(indices).Where(row => row.Values.Length == columns.Length).Select(row => string.Join(' ', row.Values))];
    }
}
