using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Evaluation;

/// <summary>Reads the names of classes from text, or from keys whose values are text.</summary>
internal static class LabelReader
{
    /// <summary>A function that gives the name in the cursor's current row; empty where there is none.</summary>
    /// <exception cref="ArgumentException">The column holds neither text nor keys with text values.</exception>
    public static Func<string> Create(DataViewRow row, DataViewSchema.Column column)
    {
        switch (column.Type)
        {
            case TextDataViewType:
                ValueGetter<ReadOnlyMemory<char>> text = row.GetGetter<ReadOnlyMemory<char>>(column);
                ReadOnlyMemory<char> value = default;
                return () =>
                {
                    text(ref value);
                    return value.ToString();
                };
            case KeyDataViewType { RawType: { } raw } when raw == typeof(uint) && HasTextValues(column):
                VBuffer<ReadOnlyMemory<char>> values = default;
                column.GetKeyValues(ref values);
                string[] names = [.. values.DenseValues().Select(name => name.ToString())];
                ValueGetter<uint> key = row.GetGetter<uint>(column);
                uint number = 0;
                return () =>
                {
                    key(ref number);
                    return number == 0 ? "" : names[number - 1];
                };
            default:
                throw new ArgumentException(string.Create(
                    CultureInfo.InvariantCulture, $"Column '{column.Name}' holds {column.Type}; expected text, or keys with text values."));
        }
    }

    private static bool HasTextValues(DataViewSchema.Column column) =>
        column.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is VectorDataViewType { ItemType: TextDataViewType };
}
