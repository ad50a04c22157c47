using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Inference;

namespace MLTransfer.Pipelines.Features;

/// <summary>The columns that texts come from.</summary>
internal static class TextColumns
{
    /// <summary>Checks that the columns are there and hold text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or holds something else.</exception>
    public static void Check(DataViewSchema schema, IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            DataViewSchema.Column column = schema.GetColumnOrNull(name)
                ?? throw new ArgumentOutOfRangeException(nameof(schema), $"Could not find input column '{name}'. Columns: {string.Join(", ", schema.Select(static c => c.Name))}");
            if (column.Type is not TextDataViewType)
            {
                throw new ArgumentOutOfRangeException(nameof(schema), $"Schema mismatch for input column '{name}': expected String, got {column.Type}");
            }
        }
    }

    /// <summary>Reads the texts of all rows, one after the other.</summary>
    /// <param name="input">The rows.</param>
    /// <param name="names">One column, or the two of a sentence pair.</param>
    public static IEnumerable<TextRow> Read(IDataView input, IReadOnlyList<string> names)
    {
        DataViewSchema.Column[] columns = [.. names.Select(name => input.Schema[name])];
        using DataViewRowCursor cursor = input.GetRowCursor(columns);
        ValueGetter<ReadOnlyMemory<char>>[] getters = Array.ConvertAll(columns, cursor.GetGetter<ReadOnlyMemory<char>>);
        while (cursor.MoveNext())
        {
            yield return new TextRow(Get(getters[0]), getters.Length > 1 ? Get(getters[1]) : null);
        }
    }

    private static string Get(ValueGetter<ReadOnlyMemory<char>> getter)
    {
        ReadOnlyMemory<char> text = default;
        getter(ref text);
        return text.ToString();
    }
}
