using Microsoft.ML;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Heads;
using MLTransfer.Pipelines.Heads.Tuning;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Fits the head on feature vectors.</summary>
internal sealed class HeadStage(PipelineConfiguration resolved, IReadOnlyList<string> classes)
{
    private readonly ClassifierHead _head = new(
        resolved.Head,
        resolved.Task == LearningTask.BinaryClassification ? HeadTask.BinaryClassification : HeadTask.MulticlassClassification,
        classes,
        resolved.Seed,
        FeatureTableView.Label,
        FeatureTableView.Features);

    /// <summary>The classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes => classes;

    /// <summary>The trainer, in a few words.</summary>
    public string Description => resolved.Head.Description;

    /// <summary>How many candidates a cross-validation tries; null where nothing is chosen.</summary>
    public int? Candidates => resolved.Head.IsTuned ? resolved.Head.Candidates().Count : null;

    /// <summary>Fits a head. A cancellation ends the waiting at once; the trainer's thread ends with the process.</summary>
    /// <param name="rows">The training rows.</param>
    /// <param name="progress">Told of each candidate of a cross-validation.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public Task<FittedHead> FitAsync(IDataView rows, IProgress<TuningStep>? progress, CancellationToken cancellation) =>
        Task.Run(() => _head.Train(rows, progress, cancellation), CancellationToken.None).WaitAsync(cancellation);
}
