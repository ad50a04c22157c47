namespace MLTransfer.Pipelines.Evaluation;

/// <summary>Metrics of how well a score orders positive rows before negative ones.</summary>
internal static class RankingMetrics
{
    /// <summary>The area under the ROC curve, by the ranks of the positive rows (Mann–Whitney), ties counting half.</summary>
    /// <param name="rows">Score, and whether the row is positive.</param>
    /// <returns>Null where all rows are positive or all are negative.</returns>
    public static double? AreaUnderRocCurve(IEnumerable<(float Score, bool IsPositive)> rows)
    {
        long positives = 0, negatives = 0;
        double wins = 0; // pairs in which the positive row scores higher, ties counting half
        foreach ((long positive, long negative) in ByScore(rows.OrderBy(row => row.Score)))
        {
            wins += positive * (negatives + negative / 2.0);
            positives += positive;
            negatives += negative;
        }
        return positives == 0 || negatives == 0 ? null : wins / ((double)positives * negatives);
    }

    /// <summary>Average precision: Σ (recall − previous recall) · precision, over the thresholds from the highest score down.</summary>
    /// <param name="rows">Score, and whether the row is positive.</param>
    /// <returns>Null without positive rows.</returns>
    public static double? AveragePrecision(IEnumerable<(float Score, bool IsPositive)> rows)
    {
        long positives = 0, all = 0;
        double sum = 0;
        foreach ((long positive, long negative) in ByScore(rows.OrderByDescending(row => row.Score)))
        {
            positives += positive;
            all += positive + negative;
            sum += positive * ((double)positives / all);
        }
        return positives == 0 ? null : sum / positives;
    }

    // Rows of one score stand or fall together.
    private static IEnumerable<(long Positive, long Negative)> ByScore(IEnumerable<(float Score, bool IsPositive)> ordered)
    {
        long positive = 0, negative = 0;
        float? score = null;
        foreach ((float Score, bool IsPositive) row in ordered)
        {
            if (score is { } current && current != row.Score)
            {
                yield return (positive, negative);
                positive = negative = 0;
            }
            score = row.Score;
            if (row.IsPositive)
                positive++;
            else
                negative++;
        }
        if (score is not null)
            yield return (positive, negative);
    }
}
