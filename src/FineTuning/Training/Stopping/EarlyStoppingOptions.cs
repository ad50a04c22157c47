using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Training.Stopping;

/// <summary>When a training ends before its last epoch. It needs validation rows; without them all epochs run and the last weights are kept.</summary>
public sealed record EarlyStoppingOptions
{
    /// <summary>
    /// Part of the training rows that is set aside to validate on, of each class alike. The default value is 0: none. Ignored where validation rows are
    /// given.
    /// </summary>
    [Range(0.0, 0.9, ErrorMessage = "must be from 0 to 0.9.")]
    public double ValidationFraction { get; init; }

    /// <summary>Epochs without an improvement after which the training ends. The default value is 0: it never ends early.</summary>
    [Range(0, 100_000, ErrorMessage = "must be 0 or larger.")]
    public int Patience { get; init; }

    /// <summary>The least gain of the metric that counts as an improvement. The default value is 0: any.</summary>
    [Range(0.0, 1e6, ErrorMessage = "must be 0 or larger.")]
    public double LeastGain { get; init; }

    /// <summary>
    /// What has to improve. The default value is <see cref="ValidationMetric.Accuracy"/>. In a regression it is the mean squared error, and with it R²,
    /// whatever stands here.
    /// </summary>
    public ValidationMetric Metric { get; init; } = ValidationMetric.Accuracy;

    /// <summary>Whether the weights of the best epoch are kept and not those of the last. The default value is true.</summary>
    public bool RestoreBest { get; init; } = true;
}
