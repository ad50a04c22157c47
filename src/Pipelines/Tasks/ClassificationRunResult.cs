using Microsoft.ML;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Pipelines.Heads.Tuning;
using MLTransfer.Pipelines.Tasks.Baselines;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>A trained classifier and what was measured. Disposing it removes the temporary files that the scored rows read from.</summary>
internal sealed class ClassificationRunResult(OwnedResources owned) : IDisposable
{
    /// <summary>The pipeline with every value that was in force.</summary>
    public required PipelineConfiguration Configuration { get; init; }

    /// <summary>The backbone of each input.</summary>
    public required IReadOnlyList<Backbone> Backbones { get; init; }

    /// <summary>The classes, in the order of the scores.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>From raw columns to predictions.</summary>
    public required SavedModel Model { get; init; }

    /// <summary>From feature vectors to predictions.</summary>
    public required ITransformer Head { get; init; }

    /// <summary>What a cross-validation tried to choose the head's options; empty where it was not asked to.</summary>
    public required IReadOnlyList<TuningStep> Tuning { get; init; }

    /// <summary>What came of a fine-tuning; null where the backbone stayed as it was.</summary>
    public TrainingOutcome? FineTuning { get; init; }

    /// <summary>The trained adapters; null where there are none.</summary>
    public LoraAdapter? Adapter { get; init; }

    /// <summary>What the same pipeline gives in other ways; empty where it was not asked for.</summary>
    public IReadOnlyList<BaselineResult> Baselines { get; init; } = [];

    /// <summary>The metrics of the test set; null where there is none.</summary>
    public required ClassificationMetrics? Test { get; init; }

    /// <summary>The folds of a cross-validation; empty where there was none.</summary>
    public required IReadOnlyList<FoldResult> Folds { get; init; }

    /// <summary>Rows with label, key, predicted label and scores: those of the test set, or those of each fold.</summary>
    public required IReadOnlyList<IDataView> Scored { get; init; }

    /// <summary>Some test rows as they were read, spread over the set; without a test set, training rows.</summary>
    public required IDataView Examples { get; init; }

    /// <summary>Time of each stage.</summary>
    public required IReadOnlyDictionary<RunStage, TimeSpan> Elapsed { get; init; }

    /// <summary>How many rows there were.</summary>
    public required RowCounts Rows { get; init; }

    /// <summary>The fingerprint of the data.</summary>
    public required string Fingerprint { get; init; }

    /// <inheritdoc/>
    public void Dispose() => owned.Dispose();
}
