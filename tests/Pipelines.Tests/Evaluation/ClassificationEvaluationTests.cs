using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.Tests.Evaluation;

/// <summary>Our metrics against ML.NET's own on the same scored rows.</summary>
public sealed class ClassificationEvaluationTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Evaluate_ScoredByAMulticlassTrainer_EqualsMLNetsMetrics()
    {
        IDataView rows = _ml.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(Rows(4)).Transform(Rows(4));
        IDataView scored = _ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy("Key").Fit(rows).Transform(rows);
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Key"].GetKeyValues(ref names);

        MulticlassClassificationMetrics expected = _ml.MulticlassClassification.Evaluate(scored, "Key", topKPredictionCount: 3);
        ClassificationMetrics ours = ClassificationEvaluation.Evaluate(scored, [.. names.DenseValues().Select(name => name.ToString())], "Key");

        Assert.InRange(ours.Accuracy, 0.4, 0.99); // neither trivial nor perfect
        Assert.Equal(expected.MicroAccuracy, ours.Accuracy, 10);
        Assert.Equal(expected.MacroAccuracy, ours.MacroAccuracy, 10);
        Assert.Equal(expected.LogLoss, ours.LogLoss!.Value, 6);
        Assert.Equal(expected.LogLossReduction, ours.LogLossReduction!.Value, 6);
        Assert.Equal(expected.TopKAccuracy, ours.TopKAccuracy![3], 10);
        Assert.Equal(expected.ConfusionMatrix.Counts.Select(row => row.Select(count => (long)count)), ours.ConfusionMatrix.Counts);
        Assert.Equal(expected.ConfusionMatrix.PerClassPrecision, ours.PerClass.Values.Select(metrics => metrics.Precision));
        Assert.Equal(expected.ConfusionMatrix.PerClassRecall, ours.PerClass.Values.Select(metrics => metrics.Recall));
    }

    [Fact]
    public void Evaluate_ScoredByABinaryTrainer_EqualsMLNetsMetrics()
    {
        IDataView rows = Rows(2);
        IDataView withBoolean = _ml.Transforms.Conversion.MapValue("IsB", [new("a", false), new KeyValuePair<string, bool>("b", true)], "Label").Fit(rows).Transform(rows);
        IDataView scored = _ml.BinaryClassification.Trainers.LbfgsLogisticRegression("IsB").Fit(withBoolean).Transform(withBoolean);
        IDataView named = _ml.Transforms.Conversion.MapValue("PredictedName", [new(false, "a"), new KeyValuePair<bool, string>(true, "b")], "PredictedLabel").Fit(scored).Transform(scored);

        CalibratedBinaryClassificationMetrics expected = _ml.BinaryClassification.Evaluate(scored, "IsB");
        ClassificationMetrics ours = ClassificationEvaluation.Evaluate(named, ["a", "b"], predictedLabelColumnName: "PredictedName");

        Assert.InRange(ours.Accuracy, 0.6, 0.99);
        Assert.Equal(expected.Accuracy, ours.Accuracy, 10);
        Assert.Equal(expected.AreaUnderRocCurve, ours.AreaUnderRocCurve!.Value, 6);
        Assert.Equal(expected.F1Score, ours.PerClass["b"].F1, 10);
        Assert.Equal(expected.PositivePrecision, ours.PerClass["b"].Precision, 10);
        Assert.Equal(expected.NegativeRecall, ours.PerClass["a"].Recall, 10);
        Assert.Equal(expected.LogLoss * Math.Log(2), ours.LogLoss!.Value, 5); // ML.NET's binary log loss is in bits
    }

    [Fact]
    public void Evaluate_LabelThatIsNoClass_Throws()
    {
        IDataView rows = _ml.Transforms.CopyColumns("PredictedLabel", "Label").Append(_ml.Transforms.CopyColumns("Score", "Features")).Fit(Rows(4)).Transform(Rows(4));

        ArgumentException error = Assert.Throws<ArgumentException>(() => ClassificationEvaluation.Evaluate(rows, ["a", "b", "x", "d"]));

        Assert.Contains("'c'", error.Message);
    }

    [Theory]
    [InlineData("Nothing", "Score", "There is no column 'Nothing'")]
    [InlineData("Label", "Label", "expected one number for each of 4 classes")]
    [InlineData("Features", "Score", "expected text")]
    public void Evaluate_UnfitColumn_NamesIt(string label, string score, string expected)
    {
        IDataView rows = _ml.Transforms.CopyColumns("PredictedLabel", "Label").Append(_ml.Transforms.CopyColumns("Score", "Features")).Fit(Rows(4)).Transform(Rows(4));

        Assert.Contains(expected, Assert.Throws<ArgumentException>(
            () => ClassificationEvaluation.Evaluate(rows, ["a", "b", "c", "d"], label, score)).Message);
    }

    // Overlapping clouds, one a class.
    private IDataView Rows(int classes)
    {
        var random = new Random(1);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 400).Select(row => new Row
        {
            Label = ((char)('a' + row % classes)).ToString(),
            Features = [.. Enumerable.Range(0, 4).Select(feature => (float)(random.NextDouble() + (feature == row % classes ? 0.4 : 0)))],
        }).ToArray());
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(4)]
        public float[] Features { get; set; } = [];
    }
}
