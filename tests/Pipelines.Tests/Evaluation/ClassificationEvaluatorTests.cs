using System.Text.Json;
using CsCheck;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.Tests.Evaluation;

public sealed class ClassificationEvaluatorTests
{
    // True and predicted classes of the example in scikit-learn's documentation of classification_report.
    private static readonly (int Label, int Predicted)[] Example = [(0, 0), (1, 0), (2, 2), (2, 2), (2, 1)];

    [Fact]
    public void Metrics_Example_AreThoseOfScikitLearnsDocumentation()
    {
        ClassificationMetrics metrics = Evaluate(["class 0", "class 1", "class 2"], Example.Select(row => (row.Label, row.Predicted, OneHot(3, row.Predicted))));

        // precision 0.50 0.00 1.00, recall 1.00 0.00 0.67, f1 0.67 0.00 0.80, accuracy 0.60, macro F1 0.49, weighted F1 0.61
        Assert.Equal(new ClassMetrics(0.5, 1, 2 / 3.0, 1), metrics.PerClass["class 0"]);
        Assert.Equal(new ClassMetrics(0, 0, 0, 1), metrics.PerClass["class 1"]);
        Assert.Equal(new ClassMetrics(1, 2 / 3.0, 0.8, 3), metrics.PerClass["class 2"]);
        Assert.Equal(0.6, metrics.Accuracy, 12);
        Assert.Equal(0.49, metrics.MacroF1, 2);
        Assert.Equal(0.61, metrics.WeightedF1, 2);
        Assert.Equal((1 + 0 + 2 / 3.0) / 3, metrics.MacroAccuracy, 12);
        Assert.Equal([[1, 0, 0], [1, 0, 0], [0, 1, 2]], metrics.ConfusionMatrix.Counts);
    }

    [Fact]
    public void Metrics_Probabilities_LogLossIsTheMeanOfTheNegativeLogarithm()
    {
        ClassificationMetrics metrics = Evaluate(["a", "b"], [(0, 0, [0.8f, 0.2f]), (1, 0, [0.6f, 0.4f]), (1, 1, [0f, 1f]), (0, 1, [0f, 1f])]);

        double expected = -(Math.Log(0.8) + Math.Log(0.4) + Math.Log(1) + Math.Log(1e-15)) / 4;
        Assert.Equal(expected, metrics.LogLoss!.Value, 6);
        Assert.Equal(1 - expected / Math.Log(2), metrics.LogLossReduction!.Value, 6);
    }

    [Fact]
    public void Metrics_ScoresThatAreNoProbabilities_LeaveOutWhatNeedsThem()
    {
        ClassificationMetrics metrics = Evaluate(["a", "b"], [(0, 0, [-3f, -4f]), (1, 1, [-2f, 1f])]);

        Assert.Null(metrics.LogLoss);
        Assert.Null(metrics.LogLossReduction);
        Assert.Null(metrics.ExpectedCalibrationError);
        Assert.Null(metrics.Calibration);
        Assert.Equal(1, metrics.Accuracy);
        Assert.Equal(1, metrics.AreaUnderRocCurve);
    }

    [Fact]
    public void Metrics_TopK_CountsRowsWithinTheHighest()
    {
        // The label's rank: 0, 2, 3, and 3 by the tie, which goes to the classes before it.
        float[] scores = [0.4f, 0.3f, 0.2f, 0.1f];
        ClassificationMetrics metrics = Evaluate(
            ["a", "b", "c", "d"],
            [(0, 0, scores), (2, 0, scores), (3, 0, scores), (3, 0, [0.25f, 0.25f, 0.25f, 0.25f])]);

        Assert.Equal([3], metrics.TopKAccuracy!.Keys);
        Assert.Equal(0.5, metrics.TopKAccuracy[3]);
    }

    [Fact]
    public void Metrics_TopKOfRandomScores_EqualsSortingThem() =>
        Gen.Select(Gen.Float[0, 1].Array[6], Gen.Int[0, 5]).Array[1, 30].Sample(rows =>
        {
            ClassificationMetrics metrics = Evaluate(["a", "b", "c", "d", "e", "f"], rows.Select(row => (row.Item2, 0, row.Item1)));

            foreach (int k in new[] { 3, 5 })
            {
                double expected = rows.Average(row => Enumerable.Range(0, 6).OrderByDescending(index => row.Item1[index]).ThenBy(index => index).Take(k).Contains(row.Item2) ? 1.0 : 0);
                Assert.Equal(expected, metrics.TopKAccuracy![k], 12);
            }
        });

    [Fact]
    public void Metrics_Calibration_BinsAndErrorFollowTheDefinition()
    {
        // Two rows in (13/15, 14/15] with confidence 0.9, one right; one row in (8/15, 9/15] with 0.58, right.
        ClassificationMetrics metrics = Evaluate(["a", "b"], [(0, 0, [0.9f, 0.1f]), (1, 0, [0.9f, 0.1f]), (1, 1, [0.42f, 0.58f])]);

        Assert.Equal(15, metrics.Calibration!.Count);
        Assert.Equal((2L, 0.5), (metrics.Calibration[13].Rows, metrics.Calibration[13].Accuracy));
        Assert.Equal(0.9, metrics.Calibration[13].Confidence, 6);
        Assert.Equal((1L, 1.0), (metrics.Calibration[8].Rows, metrics.Calibration[8].Accuracy));
        Assert.Equal(2 / 3.0 * 0.4 + 1 / 3.0 * 0.42, metrics.ExpectedCalibrationError!.Value, 6);
    }

    [Fact]
    public void Metrics_CertainAndRight_AreCalibrated()
    {
        ClassificationMetrics metrics = Evaluate(["a", "b", "c"], [(0, 0, OneHot(3, 0)), (2, 2, OneHot(3, 2))]);

        Assert.Equal(0, metrics.ExpectedCalibrationError);
        Assert.Equal(2, metrics.Calibration![14].Rows);
        Assert.Equal(0, metrics.LogLoss);
    }

    [Fact]
    public void Metrics_RowWithoutPrediction_CountsAsWrong()
    {
        ClassificationMetrics metrics = Evaluate(["a", "b"], [(0, -1, [0.5f, 0.5f]), (1, 1, [0.1f, 0.9f])]);

        Assert.Equal(0.5, metrics.Accuracy);
        Assert.Equal(0, metrics.PerClass["a"].Recall);
    }

    [Fact]
    public void Metrics_ClassWithoutRowsOrPredictions_IsLeftOutOfTheMeans()
    {
        ClassificationMetrics metrics = Evaluate(["a", "b", "absent"], [(0, 0, OneHot(3, 0)), (1, 1, OneHot(3, 1))]);

        Assert.Equal(1, metrics.MacroF1);
        Assert.Equal(1, metrics.MacroAccuracy);
        Assert.Equal(new ClassMetrics(0, 0, 0, 0), metrics.PerClass["absent"]);
    }

    [Fact]
    public void Metrics_OneRow_HaveNoUndefinedNumbers()
    {
        ClassificationMetrics metrics = Evaluate(["a", "b"], [(0, 1, [0.3f, 0.7f])]);

        Assert.Equal(0, metrics.Accuracy);
        Assert.Null(metrics.LogLossReduction);
        Assert.Null(metrics.AreaUnderRocCurve);
        Assert.DoesNotContain("NaN", JsonSerializer.Serialize(metrics, JsonSerializerOptions.Web));
    }

    [Fact]
    public void Metrics_AsJson_HaveTheNamesOfMetricsJson()
    {
        ClassificationMetrics metrics = Evaluate(["a", "b", "c", "d"], [(0, 0, OneHot(4, 0)), (1, 1, OneHot(4, 1))]);

        using JsonDocument json = JsonDocument.Parse(JsonSerializer.Serialize(metrics, JsonSerializerOptions.Web));

        Assert.Equal(
            ["rows", "accuracy", "macroAccuracy", "macroF1", "weightedF1", "logLoss", "logLossReduction", "topKAccuracy", "expectedCalibrationError", "calibration", "perClass", "confusionMatrix"],
            json.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            ["precision", "recall", "f1", "support"],
            json.RootElement.GetProperty("perClass").GetProperty("a").EnumerateObject().Select(property => property.Name));
        Assert.Equal(1, json.RootElement.GetProperty("topKAccuracy").GetProperty("3").GetDouble());
    }

    private static ClassificationMetrics Evaluate(string[] classes, IEnumerable<(int Label, int Predicted, float[] Scores)> rows)
    {
        var evaluator = new ClassificationEvaluator(classes);
        foreach ((int label, int predicted, float[] scores) in rows)
            evaluator.Add(label, predicted, scores);
        return evaluator.Metrics();
    }

    private static float[] OneHot(int classes, int index) => [.. Enumerable.Range(0, classes).Select(other => other == index ? 1f : 0f)];
}
