using System.Globalization;
using MLTransfer.Pipelines.Data.Formats;

namespace MLTransfer.Pipelines.Tasks.Suggestions;

/// <summary>What the first rows of a table tell of one of its columns.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Filled">Rows with a value.</param>
/// <param name="Distinct">Different values among them.</param>
/// <param name="MeanLength">Mean number of characters.</param>
/// <param name="IsNumeric">Whether every value is a number.</param>
/// <param name="IsImagePath">Whether every value is named as an image.</param>
internal sealed record ColumnProfile(string Name, int Filled, int Distinct, double MeanLength, bool IsNumeric, bool IsImagePath)
{
    private const int RowsRead = 1000;

    /// <summary>Profiles of all columns of a table, in its order.</summary>
    public static IReadOnlyList<ColumnProfile> Of(ITable table)
    {
        int[] columns = [.. Enumerable.Range(0, table.Columns.Count)];
        TableRow[] rows = [.. table.Read(columns).Where(static row => row.Problem is null).Take(RowsRead)];
        return [.. columns.Select(column => Of(table.Columns[column], [.. rows.Select(row => row.Values[column]).OfType<string>().Where(static value => value.Length > 0)]))];
    }

    private static ColumnProfile Of(string name, string[] values) => new(
        name,
        values.Length,
        values.Distinct(StringComparer.Ordinal).Count(),
        values.Select(static value => value.Length).DefaultIfEmpty(0).Average(),
        values.Length > 0 && values.All(static value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _)),
        values.Length > 0 && values.All(static value => ImageFolder.Extensions.Contains(Path.GetExtension(value))));
}
