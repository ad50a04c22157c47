namespace MLTransfer.FineTuning.Rates;

/// <summary>A step of a range test.</summary>
/// <param name="LearningRate">The learning rate of the step, that of the backbone.</param>
/// <param name="Loss">The loss of the first batch after the step.</param>
/// <param name="SmoothedLoss">The average of the losses around it, near ones counting more.</param>
public sealed record LearningRatePoint(double LearningRate, double Loss, double SmoothedLoss);
