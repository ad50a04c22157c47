namespace MLTransfer.FineTuning.Rates;

/// <summary>Reads a learning rate off the curve of a range test.</summary>
internal static class RateSuggestion
{
    // Slopes are those of lines through half a decade on either side: single differences are mostly noise.
    private const double Decades = 0.5;
    private const double BelowTheLowest = 10;
    private const double DeviationsOfNoise = 3;

    /// <summary>Where the smoothed loss falls steepest, and at most a tenth of the rate at which it is lowest; null where it does not fall by more than its noise.</summary>
    public static double? Of(IReadOnlyList<LearningRatePoint> curve)
    {
        double[] decades = [.. curve.Select(static point => Math.Log10(point.LearningRate))];
        double[] smoothed = [.. curve.Select(static point => point.SmoothedLoss)];
        int lowest = Array.IndexOf(smoothed, smoothed.Min());
        if (lowest == 0 || !FallsByMoreThanNoise(curve, lowest))
        {
            return null;
        }

        int half = Math.Max(1, (int)Math.Round(Decades / (decades[1] - decades[0])));
        int steepest = Enumerable.Range(0, lowest + 1).MinBy(i => Slope(decades, smoothed, Math.Max(0, i - half), Math.Min(lowest, i + half)));
        return Math.Min(curve[steepest].LearningRate, curve[lowest].LearningRate / BelowTheLowest);
    }

    /// <summary>Whether the lowest smoothed loss is further below the first losses than chance would bring it.</summary>
    private static bool FallsByMoreThanNoise(IReadOnlyList<LearningRatePoint> curve, int lowest)
    {
        // Before the loss falls, it is as it was, but for which rows a batch has.
        int first = Math.Max(1, lowest / 4);
        double before = curve.Take(first).Average(static point => point.Loss);
        double noise = Math.Sqrt(curve.Take(lowest + 1).Average(static point => (point.Loss - point.SmoothedLoss) * (point.Loss - point.SmoothedLoss)));

        // The lowest of many averages is low by chance, by less than the noise of one loss.
        return before - curve[lowest].SmoothedLoss > noise * (1 + (DeviationsOfNoise / Math.Sqrt(first)));
    }

    /// <summary>The slope of the line through points, by least squares.</summary>
    private static double Slope(double[] x, double[] y, int from, int to)
    {
        double meanX = x.AsSpan(from, to - from + 1).ToArray().Average(), meanY = y.AsSpan(from, to - from + 1).ToArray().Average();
        double products = 0, squares = 0;
        for (int i = from; i <= to; i++)
        {
            products += (x[i] - meanX) * (y[i] - meanY);
            squares += (x[i] - meanX) * (x[i] - meanX);
        }

        return products / squares;
    }
}
