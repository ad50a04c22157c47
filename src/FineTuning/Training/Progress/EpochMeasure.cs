namespace MLTransfer.FineTuning.Training.Progress;

/// <summary>What was measured after an epoch.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainingLoss">The mean loss of its training batches.</param>
/// <param name="Accuracy">The accuracy on the validation rows; null without such rows.</param>
/// <param name="MacroF1">The mean F1 of the classes of the validation rows; null without such rows.</param>
/// <param name="LogLoss">The mean cross-entropy of the validation rows; null without such rows.</param>
public sealed record EpochMeasure(int Epoch, double TrainingLoss, double? Accuracy, double? MacroF1, double? LogLoss);
