namespace MLTransfer.FineTuning.Training.Progress;

/// <summary>What was measured after an epoch.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="TrainingLoss">The mean loss of its training batches.</param>
/// <param name="Accuracy">The accuracy on the validation rows; null without such rows, and for a regression.</param>
/// <param name="MacroF1">The mean F1 of the classes of the validation rows; null without such rows, and for a regression.</param>
/// <param name="LogLoss">The mean cross-entropy of the validation rows; null without such rows, and for a regression.</param>
public sealed record EpochMeasure(int Epoch, double TrainingLoss, double? Accuracy, double? MacroF1, double? LogLoss)
{
    /// <summary>The accuracy on the training rows after the epoch; null where they are not measured.</summary>
    public double? TrainingAccuracy { get; init; }

    /// <summary>The mean squared error of the validation rows; null but for a regression with such rows.</summary>
    public double? MeanSquaredError { get; init; }

    /// <summary>The R² of the validation rows; null but for a regression with such rows.</summary>
    public double? RSquared { get; init; }
}
