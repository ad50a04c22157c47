using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Rates;

/// <summary>How learning rates are tried: from the lowest to the highest, each step's rate the same multiple of the one before.</summary>
public sealed record LearningRateRangeOptions : IValidatableObject
{
    /// <summary>The rate of the first step, that of the backbone. The default value is 1e-7.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true, ErrorMessage = "must be above 0 and at most 100.")]
    public double Lowest { get; init; } = 1e-7;

    /// <summary>The rate of the last step. The default value is 1.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true, ErrorMessage = "must be above 0 and at most 100.")]
    public double Highest { get; init; } = 1;

    /// <summary>The number of steps. The default value is 100.</summary>
    [Range(10, 100_000, ErrorMessage = "must be from 10 to 100000.")]
    public int Steps { get; init; } = 100;

    /// <summary>What a loss counts in the average of its neighbours, from step to step. The default value is 0.8; 0 smooths nothing.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true, ErrorMessage = "must be from 0 to below 1.")]
    public double Smoothing { get; init; } = 0.8;

    /// <summary>The test ends where the smoothed loss is this multiple of the lowest one before. The default value is 4.</summary>
    [Range(1.0, 1e9, MinimumIsExclusive = true, ErrorMessage = "must be above 1.")]
    public double StopAt { get; init; } = 4;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Highest <= Lowest)
        {
            yield return new ValidationResult(FormattableString.Invariant($"is {Highest:g3}, and must be above the lowest rate, {Lowest:g3}."), [nameof(Highest)]);
        }
    }
}
