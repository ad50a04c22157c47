using System.ComponentModel.DataAnnotations;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Heads;
using MLTransfer.Pipelines.Heads.Trainers;

namespace MLTransfer.Pipelines.Configuration;

/// <summary>A pipeline: which data, which features, which head, and where the result goes. The content of a <c>pipeline.json</c>.</summary>
internal sealed record PipelineConfiguration : IValidatableObject
{
    /// <summary>What is learned.</summary>
    public required LearningTask Task { get; init; }

    /// <summary>Where the rows are, and which of them are the test set.</summary>
    public required DataSource Data { get; init; }

    /// <summary>
    /// The inputs of the model and their backbones; the feature vectors of several entries are joined. The default value is empty: the image of an
    /// image folder, or the only column of a table beside the label.
    /// </summary>
    public IReadOnlyList<FeatureInput> Features { get; init; } = [];

    /// <summary>What is trained on the features. The default value is logistic regression, fitted by L-BFGS.</summary>
    public HeadOptions Head { get; init; } = new LbfgsHead();

    /// <summary>
    /// How the backbone is trained together with a linear head, in place of <see cref="Head"/>. The default value is null: the backbone stays as it is.
    /// </summary>
    public FineTuneSection? FineTune { get; init; }

    /// <summary>How ONNX Runtime runs the backbones.</summary>
    public InferenceOptions Inference { get; init; } = new();

    /// <summary>Whether and where features are kept from one run to the next.</summary>
    public CacheSettings Cache { get; init; } = new();

    /// <summary>The seed of everything that is random: splits, folds, trainers. The default value is 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The folder of the run; a run that is there already is replaced when the new one is complete. The default value is <c>run</c>.</summary>
    [Required(AllowEmptyStrings = false, ErrorMessage = "is empty; expected the path of a folder.")]
    public string Output { get; init; } = "run";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (FineTune is not null && Head != new LbfgsHead())
            yield return new ValidationResult("stands beside 'fineTune', which trains a head of its own; keep one of them.", [nameof(Head)]);
    }
}
