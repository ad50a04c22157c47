namespace MLTransfer.FineTuning.Training.Loop;

/// <summary>Rows and what they are to become.</summary>
/// <param name="Inputs">The rows.</param>
/// <param name="Labels">The class of each row, from 0; 0 for all in a regression.</param>
internal sealed record LabelledRows(ITrainingInputs Inputs, int[] Labels)
{
    /// <summary>The number that each row is to become; null: the rows are of classes.</summary>
    public NumberTargets? Targets { get; init; }
}
