namespace MLTransfer.FineTuning.Training.Stopping;

/// <summary>What is measured on the validation rows after each epoch.</summary>
public enum ValidationMetric
{
    /// <summary>The part of the rows that are right; higher is better.</summary>
    Accuracy,

    /// <summary>The mean of the F1 of the classes that occur; higher is better.</summary>
    MacroF1,

    /// <summary>The mean cross-entropy; lower is better.</summary>
    LogLoss,
}
