using System.Globalization;

namespace MLTransfer.Pipelines.Data.Formats;

/// <summary>Texts in memory, one a row.</summary>
internal sealed class TextList(IReadOnlyList<string> texts, string column) : ITable
{
    public string Path => "(texts)";

    public IReadOnlyList<string> Columns => [column];

    public IReadOnlyList<string> Notes => [];

    public IEnumerable<TableRow> Read(IReadOnlyList<int> columns) =>
        texts.Select((text, index) => new TableRow((index + 1).ToString(CultureInfo.InvariantCulture), [.. columns.Select(_ => text)]));
}
