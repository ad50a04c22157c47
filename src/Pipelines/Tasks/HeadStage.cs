using Microsoft.ML;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Heads;

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

    /// <summary>Fits a head. A cancellation ends the waiting at once; the trainer's thread ends with the process.</summary>
    public Task<FittedHead> FitAsync(IDataView rows, CancellationToken cancellation) =>
        Task.Run(() => _head.Train(rows, cancellation: cancellation), CancellationToken.None).WaitAsync(cancellation);
}
