namespace MLTransfer.FineTuning.Freezing.Plans;

/// <summary>How a weight takes part in a training.</summary>
/// <param name="RateFactor">Its learning rate divided by that of the backbone.</param>
/// <param name="FirstEpoch">The first epoch, from 0, in which it trains.</param>
internal readonly record struct TrainingShare(double RateFactor, int FirstEpoch);
