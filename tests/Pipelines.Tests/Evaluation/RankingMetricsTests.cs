using CsCheck;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.Tests.Evaluation;

public sealed class RankingMetricsTests
{
    // Few distinct scores, so that ties are common.
    private static readonly Gen<(float Score, bool IsPositive)[]> Rows =
        Gen.Select(Gen.Int[0, 9], Gen.Bool).Select((score, positive) => (score / 10f, positive)).Array[1, 60];

    [Fact]
    public void AreaUnderRocCurve_AnyRows_IsTheShareOfPairsInOrder() => Rows.Sample(rows =>
    {
        (float Score, bool)[] positives = [.. rows.Where(row => row.IsPositive)];
        (float Score, bool)[] negatives = [.. rows.Where(row => !row.IsPositive)];
        double? expected = positives.Length == 0 || negatives.Length == 0
            ? null
            : positives.Average(positive => negatives.Average(negative => positive.Score > negative.Score ? 1 : positive.Score == negative.Score ? 0.5 : 0));

        double? area = RankingMetrics.AreaUnderRocCurve(rows);

        Assert.Equal(expected is null, area is null);
        if (expected is not null)
            Assert.Equal(expected.Value, area!.Value, 10);
    });

    [Fact]
    public void AveragePrecision_ExampleOfScikitLearnsDocumentation_IsTheirs() =>
        Assert.Equal(0.83, RankingMetrics.AveragePrecision([(0.1f, false), (0.4f, false), (0.35f, true), (0.8f, true)])!.Value, 2);

    [Fact]
    public void AveragePrecision_AnyRows_FollowsTheDefinitionByThresholds() => Rows.Sample(rows =>
    {
        int positives = rows.Count(row => row.IsPositive);
        double sum = 0, recall = 0;
        foreach (float threshold in rows.Select(row => row.Score).Distinct().OrderDescending())
        {
            (float Score, bool IsPositive)[] retrieved = [.. rows.Where(row => row.Score >= threshold)];
            int found = retrieved.Count(row => row.IsPositive);
            double newRecall = positives == 0 ? 0 : (double)found / positives;
            sum += (newRecall - recall) * found / retrieved.Length;
            recall = newRecall;
        }

        double? precision = RankingMetrics.AveragePrecision(rows);

        Assert.Equal(positives == 0, precision is null);
        if (positives > 0)
            Assert.Equal(sum, precision!.Value, 10);
    });
}
