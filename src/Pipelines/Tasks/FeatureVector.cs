using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>The feature column as heads read it.</summary>
internal static class FeatureVector
{
    /// <summary>
    /// Makes <c>[1, features]</c>, which ML.NET's ONNX transform gives, a vector of one dimension: heads without normalisation are particular about it.
    /// </summary>
    /// <remarks>No transform of ML.NET does just that. A normaliser that was fitted on −1 and 1 multiplies by 1, and gives the type that it was fitted on.</remarks>
    /// <param name="ml">The context.</param>
    /// <param name="dimension">The number of features.</param>
    public static ITransformer Flat(MLContext ml, int dimension)
    {
        float[][] ends = [[.. Enumerable.Repeat(-1f, dimension)], [.. Enumerable.Repeat(1f, dimension)]];
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, dimension);
        IDataView rows = ml.Data.LoadFromEnumerable(ends.Select(static features => new Row { Features = features }), schema);
        return ml.Transforms.NormalizeMinMax(FeatureTableView.Features).Fit(rows);
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];
    }
}
