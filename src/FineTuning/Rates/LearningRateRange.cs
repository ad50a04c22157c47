namespace MLTransfer.FineTuning.Rates;

/// <summary>What a range test of the learning rate found (Smith 2017, arXiv:1506.01186).</summary>
/// <param name="Curve">The steps, with rising learning rates. At least one.</param>
/// <param name="HeadFactor">The head's learning rate divided by the backbone's, as in the options that were tested.</param>
/// <param name="Diverged">Whether the test ended before its highest rate, because the loss grew or was no number any more.</param>
public sealed record LearningRateRange(IReadOnlyList<LearningRatePoint> Curve, double HeadFactor, bool Diverged)
{
    /// <summary>
    /// A learning rate to train with, as the peak of the schedule: where the smoothed loss falls steepest over the logarithm of the rate, and at most a tenth of the rate
    /// at which it is lowest. Null: the loss falls nowhere by more than its noise, as with a head that was fitted already.
    /// </summary>
    public double? SuggestedRate { get; } = RateSuggestion.Of(Curve);

    /// <summary>The head's learning rate beside it; null where there is none.</summary>
    public double? SuggestedHeadRate => SuggestedRate * HeadFactor;

    /// <summary>The step with the lowest smoothed loss.</summary>
    public LearningRatePoint Lowest => Curve.MinBy(static point => point.SmoothedLoss)!;
}
