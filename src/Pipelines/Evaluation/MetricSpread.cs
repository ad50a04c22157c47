namespace MLTransfer.Pipelines.Evaluation;

/// <summary>A metric over the folds of a cross-validation.</summary>
/// <param name="Mean">The mean over the folds.</param>
/// <param name="StandardDeviation">The sample standard deviation (divisor n − 1); 0 for one fold.</param>
public sealed record MetricSpread(double Mean, double StandardDeviation)
{
    /// <summary>The spread of the metrics that every fold has, by their name in metrics.json.</summary>
    /// <param name="folds">The metrics of each fold, at least one.</param>
    public static IReadOnlyDictionary<string, MetricSpread> Over(IReadOnlyList<ClassificationMetrics> folds)
    {
        ArgumentNullException.ThrowIfNull(folds);
        (string Name, Func<ClassificationMetrics, double?> Value)[] metrics =
        [
            ("accuracy", fold => fold.Accuracy),
            ("macroAccuracy", fold => fold.MacroAccuracy),
            ("macroF1", fold => fold.MacroF1),
            ("weightedF1", fold => fold.WeightedF1),
            ("logLoss", fold => fold.LogLoss),
            ("logLossReduction", fold => fold.LogLossReduction),
            ("areaUnderRocCurve", fold => fold.AreaUnderRocCurve),
            ("averagePrecision", fold => fold.AveragePrecision),
            ("expectedCalibrationError", fold => fold.ExpectedCalibrationError),
        ];
        return metrics
            .Select(metric => (metric.Name, Values: folds.Select(metric.Value).ToArray()))
            .Where(metric => metric.Values.All(value => value is not null))
            .ToDictionary(metric => metric.Name, metric => Of([.. metric.Values.Select(value => value!.Value)]), StringComparer.Ordinal);
    }

    private static MetricSpread Of(double[] values)
    {
        double mean = values.Average();
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return new MetricSpread(mean, values.Length > 1 ? Math.Sqrt(squares / (values.Length - 1)) : 0);
    }
}
