namespace MLTransfer.FineTuning.Training.Loop;

/// <summary>Rows and their classes.</summary>
/// <param name="Inputs">The rows.</param>
/// <param name="Labels">The class of each row, from 0.</param>
internal sealed record LabelledRows(ITrainingInputs Inputs, int[] Labels);
