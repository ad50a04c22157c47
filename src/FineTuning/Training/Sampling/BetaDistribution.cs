namespace MLTransfer.FineTuning.Training.Sampling;

/// <summary>Draws from Beta(α, α) by Jöhnk's rejection (1964), which is exact, and quick for the small α of mixing.</summary>
internal static class BetaDistribution
{
    /// <summary>A number from 0 to 1.</summary>
    public static double Next(Random random, double alpha)
    {
        while (true)
        {
            double x = Math.Pow(random.NextDouble(), 1 / alpha), y = Math.Pow(random.NextDouble(), 1 / alpha);
            if (x + y is > 0 and <= 1)
            {
                return x / (x + y);
            }
        }
    }
}
