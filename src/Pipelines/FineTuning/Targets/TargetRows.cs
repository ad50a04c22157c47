using MLTransfer.FineTuning.Training.Loop;

namespace MLTransfer.Pipelines.FineTuning.Targets;

/// <summary>What rows are to become.</summary>
/// <param name="Outputs">The names of the outputs: those of the classes.</param>
/// <param name="Labels">The class of each row, from 0.</param>
internal sealed record TargetRows(IReadOnlyList<string> Outputs, int[] Labels)
{
    /// <summary>The rows with their targets.</summary>
    public LabelledRows Of(ITrainingInputs inputs) => new(inputs, Labels);
}
