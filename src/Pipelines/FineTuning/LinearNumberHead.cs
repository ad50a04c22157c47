using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>A head of one output that was trained in Torch as ML.NET's own linear regression.</summary>
/// <remarks>Made as <see cref="LinearHead"/> is: docs/decisions/linear-head.md.</remarks>
/// <param name="Weights"><c>[features]</c>.</param>
/// <param name="Bias">The bias.</param>
internal sealed record LinearNumberHead(float[] Weights, float Bias)
{
    /// <summary>The regression: from a feature column to <c>Score</c>.</summary>
    /// <param name="featureColumn">The column of the features.</param>
    public RegressionPredictionTransformer<LinearRegressionModelParameters> Regressor(string featureColumn)
    {
        MLContext ml = new(seed: 0);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnName = featureColumn;
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, Weights.Length);
        IDataView zeros = ml.Data.LoadFromEnumerable([new Row { Features = new float[Weights.Length] }], schema);
        var regressor = ml.Regression.Trainers.OnlineGradientDescent(nameof(Row.Label), featureColumn).Fit(zeros);
        WeightsOf(regressor.Model) = new VBuffer<float>(Weights.Length, (float[])Weights.Clone());
        DenseWeightsOf(regressor.Model) = WeightsOf(regressor.Model);
        SetBias(regressor.Model, Bias);
        return regressor;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "Weight")]
    private static extern ref VBuffer<float> WeightsOf(LinearModelParameters model);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_weightsDense")]
    private static extern ref VBuffer<float> DenseWeightsOf(LinearModelParameters model);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_Bias")]
    private static extern void SetBias(LinearModelParameters model, float value);

    private sealed class Row
    {
        public float Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
