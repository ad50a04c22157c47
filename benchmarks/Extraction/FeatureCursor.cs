using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Benchmarks.Extraction;

/// <summary>Reads a feature column row by row, as a trainer does, and keeps nothing.</summary>
internal static class FeatureCursor
{
    public static void Read(IDataView view, string columnName, int expectedRows)
    {
        DataViewSchema.Column column = view.Schema[columnName];
        using DataViewRowCursor cursor = view.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        int rows = 0;
        while (cursor.MoveNext())
        {
            getter(ref value);
            rows++;
        }

        if (rows != expectedRows)
        {
            throw new InvalidOperationException($"{rows} rows came out; expected {expectedRows}.");
        }
    }
}
