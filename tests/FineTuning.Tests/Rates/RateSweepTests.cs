using MLTransfer.FineTuning.Rates;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Optimizers;
using MLTransfer.Models.Errors;

namespace MLTransfer.FineTuning.Tests.Rates;

/// <summary>Problems of known curvature L, in which steps of gradient descent above 2 / L grow, and those below do not.</summary>
public sealed class RateSweepTests
{
    private const int Rows = 64;

    private static readonly FineTuneOptions GradientDescent = new()
    {
        BatchSize = Rows,
        GradientClipping = 0,
        Optimizer = new OptimizerOptions { Kind = OptimizerKind.Sgd, Momentum = 0, WeightDecay = 0 },
    };

    public RateSweepTests() => TorchRuntime.EnsureAvailable();

    // The mean squared error has the curvatures 2 · eigenvalues of xᵀx / rows.
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(0.3, 0.1)]
    public void Run_Quadratic_DivergesBeyondTwoOverTheCurvature(double first, double second)
    {
        float[][] points = Points(first, second);
        double bound = 2 / (2 * LargestEigenvalue(points));
        float[] targets = [.. points.Select(static (point, row) => (2 * point[0]) - point[1] + (row % 3 == 0 ? 0.4f : -0.2f))];
        LabelledRows rows = new(new VectorRows(points), new int[Rows]) { Targets = new NumberTargets(targets, 0, 1) };
        using LinearNetwork network = new(1, 2);

        (IReadOnlyList<LearningRatePoint> curve, bool diverged) = RateSweep.Run(
            network, rows, 1, GradientDescent, 1, new LearningRateRangeOptions { Lowest = bound * 1e-4, Highest = bound * 100, Steps = 120 }, null, TestContext.Current.CancellationToken);

        Assert.True(diverged);
        int firstGrowth = Enumerable.Range(1, curve.Count - 1).First(i => curve[i].Loss > curve[i - 1].Loss + 1e-6);
        Assert.True(curve[firstGrowth].LearningRate > bound, $"the loss grew at {curve[firstGrowth].LearningRate}, and {bound} is the bound");
        AssertSuggestion(curve, bound);
    }

    // The curvature of the cross-entropy of two classes is at most half the largest eigenvalue of xᵀx / rows (Böhning 1992).
    [Fact]
    public void Run_LogisticRegression_SuggestsARateThatGradientDescentConvergesWith()
    {
        float[][] points = Points(4, 1);
        LabelledRows rows = new(new VectorRows(points), [.. points.Select(static (point, row) => point[0] + (row % 5 == 0 ? -4 : 0) > 0 ? 1 : 0)]);
        using LinearNetwork network = new(2, 2);

        (IReadOnlyList<LearningRatePoint> curve, _) = RateSweep.Run(
            network, rows, 2, GradientDescent, 1, new LearningRateRangeOptions { Lowest = 1e-5, Highest = 1000, Steps = 120 }, null, TestContext.Current.CancellationToken);

        AssertSuggestion(curve, 2 / (LargestEigenvalue(points) / 2));
    }

    [Fact]
    public void Run_Rates_GrowByOneFactor()
    {
        LabelledRows rows = new(new VectorRows(Points(1, 1)), new int[Rows]) { Targets = new NumberTargets(new float[Rows], 0, 1) };
        using LinearNetwork network = new(1, 2);

        IReadOnlyList<LearningRatePoint> curve = RateSweep.Run(
            network, rows, 1, GradientDescent, 1, new LearningRateRangeOptions { Lowest = 1e-4, Highest = 1, Steps = 5 }, null, TestContext.Current.CancellationToken).Curve;

        Assert.Equal(5, curve.Count);
        Assert.All(curve.Zip([1e-4, 1e-3, 1e-2, 1e-1, 1]), static pair => Assert.Equal(1, pair.First.LearningRate / pair.Second, 1e-9));
    }

    [Fact]
    public void Run_LossThatIsNoNumberFromTheBeginning_SaysSo()
    {
        float[][] points = Points(1, 1);
        points[3][0] = float.NaN;
        LabelledRows rows = new(new VectorRows(points), new int[Rows]) { Targets = new NumberTargets(new float[Rows], 0, 1) };
        using LinearNetwork network = new(1, 2);

        UserException exception = Assert.Throws<UserException>(() => RateSweep.Run(network, rows, 1, GradientDescent, 1, new LearningRateRangeOptions(), null, TestContext.Current.CancellationToken));

        Assert.Contains("look for broken rows", exception.Message, StringComparison.Ordinal);
    }

    private static void AssertSuggestion(IReadOnlyList<LearningRatePoint> curve, double bound)
    {
        double suggested = Assert.NotNull(RateSuggestion.Of(curve));
        Assert.InRange(suggested, bound / 100, bound);
    }

    private static float[][] Points(double first, double second)
    {
        Random random = new(7);
        return [.. Enumerable.Range(0, Rows).Select(_ => new[] { (float)(first * ((2 * random.NextDouble()) - 1)), (float)(second * ((2 * random.NextDouble()) - 1)) })];
    }

    // Of xᵀx / rows, a matrix of two rows.
    private static double LargestEigenvalue(float[][] points)
    {
        double a = points.Average(static point => point[0] * point[0]), b = points.Average(static point => point[0] * point[1]), c = points.Average(static point => point[1] * point[1]);
        return ((a + c) / 2) + Math.Sqrt((((a - c) / 2) * ((a - c) / 2)) + (b * b));
    }
}
