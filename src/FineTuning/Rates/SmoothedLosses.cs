namespace MLTransfer.FineTuning.Rates;

/// <summary>Averages of losses and their neighbours on both sides: an average of those before alone would show everything at higher rates than it happened at.</summary>
internal static class SmoothedLosses
{
    /// <summary>The averages: a loss that is k steps away counts keep^k.</summary>
    /// <param name="losses">The losses.</param>
    /// <param name="keep">From 0 to below 1.</param>
    public static double[] Of(IReadOnlyList<double> losses, double keep)
    {
        int count = losses.Count;
        double[] sums = new double[count], weights = new double[count];
        double sum = 0, weight = 0;
        for (int i = 0; i < count; i++)
        {
            (sum, weight) = (losses[i] + (keep * sum), 1 + (keep * weight));
            (sums[i], weights[i]) = (sum, weight);
        }

        (sum, weight) = (0, 0);
        for (int i = count - 1; i >= 0; i--)
        {
            sums[i] += sum;
            weights[i] += weight;
            (sum, weight) = (keep * (losses[i] + sum), keep * (1 + weight));
        }

        return [.. sums.Zip(weights, static (total, parts) => total / parts)];
    }
}
