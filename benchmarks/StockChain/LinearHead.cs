using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLTransfer.Benchmarks.StockChain;

/// <summary>The simple head that variants are compared with: standardised features, L-BFGS maximum entropy.</summary>
internal static class LinearHead
{
    public static double Accuracy(
        float[][] train, IReadOnlyList<string> trainLabels, float[][] test, IReadOnlyList<string> testLabels, float regularization)
    {
        var ml = new MLContext(seed: 1);
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, train[0].Length);
        IDataView View(float[][] rows, IReadOnlyList<string> labels)
            => ml.Data.LoadFromEnumerable(rows.Zip(labels, (row, label) => new Row { Features = row, Label = label }), schema);
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.Transforms.NormalizeMeanVariance("Features", fixZero: false))
            .AppendCacheCheckpoint(ml)
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(new LbfgsMaximumEntropyMulticlassTrainer.Options
            {
                L1Regularization = 0,
                L2Regularization = regularization,
                NumberOfThreads = 2,
            }));
        TransformerChain<MulticlassPredictionTransformer<MaximumEntropyModelParameters>> model = pipeline.Fit(View(train, trainLabels));
        return ml.MulticlassClassification.Evaluate(model.Transform(View(test, testLabels))).MicroAccuracy;
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = "";
    }
}
