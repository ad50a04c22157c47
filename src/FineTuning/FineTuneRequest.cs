using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning;

/// <summary>What is trained, on what, and how.</summary>
internal sealed record FineTuneRequest
{
    /// <summary>The backbone with its pooling; one output, float <c>[rows, features]</c>.</summary>
    public required OnnxModel Model { get; init; }

    /// <summary>The initializers of the backbone's own file; null: all of <see cref="Model"/>.</summary>
    public IReadOnlySet<string>? Candidates { get; init; }

    /// <summary>What the backbone is, so that a checkpoint of another one is told apart.</summary>
    public required string Identity { get; init; }

    /// <summary>The training rows.</summary>
    public required LabelledRows Rows { get; init; }

    /// <summary>The validation rows; null: none, or those that the options set aside.</summary>
    public LabelledRows? Validation { get; init; }

    /// <summary>The names of the outputs: the classes in the order of the labels, or one name for a regression.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Whether the training rows are measured after each epoch, too.</summary>
    public bool MeasuresTraining { get; init; }

    /// <summary>How it is trained.</summary>
    public required FineTuneOptions Options { get; init; }

    /// <summary>The seed of everything that is random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How ONNX Runtime runs the frozen part.</summary>
    public InferenceOptions Inference { get; init; } = new();

    /// <summary>An existing folder for temporary files.</summary>
    public required string WorkFolder { get; init; }

    /// <summary>The checkpoint; null: none is written.</summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Whether to go on from the checkpoint, where there is one.</summary>
    public bool Resume { get; init; }

    /// <summary>Whether the end of the training is written to the checkpoint, too, so that a run that is stopped afterwards need not train again.</summary>
    public bool KeepsCheckpoint { get; init; }

    /// <summary>Whether each row is read about once, so that nothing of the frozen part is worth storing.</summary>
    public bool ReadsRowsOnce { get; init; }

    /// <summary>Told of each step.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }
}
