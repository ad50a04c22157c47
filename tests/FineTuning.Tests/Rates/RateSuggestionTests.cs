using MLTransfer.FineTuning.Rates;

namespace MLTransfer.FineTuning.Tests.Rates;

public class RateSuggestionTests
{
    // A loss that falls along a logistic curve of the logarithm of the rate is steepest at its middle, here 1e-4; it rises from 1e-1 on.
    [Fact]
    public void Of_LogisticFall_IsItsMiddle()
    {
        double suggested = Assert.NotNull(RateSuggestion.Of(Curve(static decade => 1 - (0.8 / (1 + Math.Exp(-4 * (decade + 4)))) + (decade > -1 ? decade + 1 : 0))));

        Assert.InRange(Math.Log10(suggested), -4.1, -3.9);
    }

    // Steepest right before the lowest loss, 1e-3: at most a tenth of that is safe. What is averaged with the cliff moves the lowest point down, by less than a decade.
    [Fact]
    public void Of_FallThatEndsInACliff_IsAtMostATenthOfTheLowest()
    {
        double suggested = Assert.NotNull(RateSuggestion.Of(Curve(static decade => decade <= -3 ? 1 - Math.Pow(10, decade + 3) : 5)));

        Assert.InRange(Math.Log10(suggested), -5, -3.99);
    }

    [Fact]
    public void Of_NoiseAlone_IsNothing()
    {
        Random random = new(5);

        int suggestions = Enumerable.Range(0, 100).Count(_ => RateSuggestion.Of(Curve(_ => 1 + (0.1 * (random.NextDouble() - 0.5)))) is not null);

        Assert.InRange(suggestions, 0, 5);
    }

    [Fact]
    public void Of_LossThatOnlyGrows_IsNothing() => Assert.Null(RateSuggestion.Of(Curve(static decade => decade + 10)));

    [Fact]
    public void Of_FallUnderNoise_IsFound()
    {
        Random random = new(6);

        double suggested = Assert.NotNull(RateSuggestion.Of(Curve(decade => 1 - (0.8 / (1 + Math.Exp(-4 * (decade + 4)))) + (0.2 * (random.NextDouble() - 0.5)) + (decade > -1 ? decade + 1 : 0))));

        Assert.InRange(Math.Log10(suggested), -5, -3);
    }

    // By hand: weights of 1, 1/2 and 1/4 on both sides.
    [Fact]
    public void SmoothedLosses_ThreeLosses_AreWeightedByDistance() => Assert.All(
        SmoothedLosses.Of([1, 2, 4], 0.5).Zip([(1 + 1 + 1) / 1.75, (0.5 + 2 + 2) / 2.0, (0.25 + 1 + 4) / 1.75]), static pair => Assert.Equal(pair.Second, pair.First, 1e-12));

    // 101 steps from 1e-7 to 1.
    private static LearningRatePoint[] Curve(Func<double, double> loss)
    {
        double[] decades = [.. Enumerable.Range(0, 101).Select(static i => -7 + (i * 0.07))];
        double[] losses = [.. decades.Select(loss)];
        return [.. decades.Zip(losses, SmoothedLosses.Of(losses, 0.8)).Select(static point => new LearningRatePoint(Math.Pow(10, point.First), point.Second, point.Third))];
    }
}
