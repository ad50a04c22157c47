using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.Tests.Evaluation;

public sealed class MetricSpreadTests
{
    [Fact]
    public void Over_Folds_GivesMeanAndSampleDeviation()
    {
        IReadOnlyDictionary<string, MetricSpread> spread = MetricSpread.Over([Fold(0.5, 0.2), Fold(0.7, 0.4), Fold(0.9, 0.3)]);

        Assert.Equal(0.7, spread["accuracy"].Mean, 12);
        Assert.Equal(0.2, spread["accuracy"].StandardDeviation, 12);
        Assert.Equal(0.3, spread["logLoss"].Mean, 12);
    }

    [Fact]
    public void Over_MetricThatAFoldLacks_IsLeftOut() =>
        Assert.DoesNotContain("logLoss", MetricSpread.Over([Fold(0.5, 0.2), Fold(0.7, null)]).Keys);

    [Fact]
    public void Over_OneFold_HasNoDeviation() => Assert.Equal(0, MetricSpread.Over([Fold(0.5, 0.2)])["accuracy"].StandardDeviation);

    private static ClassificationMetrics Fold(double accuracy, double? logLoss) => new()
    {
        Rows = 10,
        Accuracy = accuracy,
        MacroAccuracy = accuracy,
        MacroF1 = accuracy,
        WeightedF1 = accuracy,
        LogLoss = logLoss,
        PerClass = new Dictionary<string, ClassMetrics>(),
        ConfusionMatrix = new ConfusionTable([], []),
    };
}
