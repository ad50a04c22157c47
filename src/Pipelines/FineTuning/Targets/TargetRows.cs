using MLTransfer.FineTuning.Training.Loop;

namespace MLTransfer.Pipelines.FineTuning.Targets;

/// <summary>What rows are to become.</summary>
/// <param name="Outputs">The names of the outputs: those of the classes, or of the column of a number.</param>
/// <param name="Labels">The class of each row, from 0; 0 for numbers.</param>
internal sealed record TargetRows(IReadOnlyList<string> Outputs, int[] Labels)
{
    /// <summary>The number that each row is to become; null: the rows are of classes.</summary>
    public NumberTargets? Numbers { get; init; }

    /// <summary>The rows with their targets.</summary>
    public LabelledRows Of(ITrainingInputs inputs) => new(inputs, Labels) { Targets = Numbers };
}
