using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Training.Schedules;

/// <summary>How the learning rate changes during the training.</summary>
public sealed record ScheduleOptions
{
    /// <summary>The shape after the warm-up. The default value is <see cref="ScheduleKind.Linear"/>.</summary>
    public ScheduleKind Kind { get; init; } = ScheduleKind.Linear;

    /// <summary>Part of all steps in which the rate rises from 0 to its peak. The default value is 0.1.</summary>
    [Range(0.0, 0.9, ErrorMessage = "must be from 0 to 0.9.")]
    public double WarmUp { get; init; } = 0.1;

    /// <summary>The last rate divided by the peak, for linear and cosine; for plateau the lowest one. The default value is 0.</summary>
    [Range(0.0, 1.0, ErrorMessage = "must be from 0 to 1.")]
    public double LastFactor { get; init; }

    /// <summary>What the rate is multiplied with on a plateau. The default value is 0.5.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true, MaximumIsExclusive = true, ErrorMessage = "must be between 0 and 1.")]
    public double PlateauFactor { get; init; } = 0.5;

    /// <summary>Epochs without an improvement before the rate falls on a plateau. The default value is 1.</summary>
    [Range(1, 1000, ErrorMessage = "must be from 1 to 1000 epochs.")]
    public int PlateauPatience { get; init; } = 1;
}
