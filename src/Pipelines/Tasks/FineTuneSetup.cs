using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.FineTuning;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>What a fine-tuning begins with: backbone, data, and the rows as the backbone reads them.</summary>
internal sealed record FineTuneSetup
{
    /// <summary>The pipeline.</summary>
    public required PipelineConfiguration Resolved { get; init; }

    /// <summary>ML.NET's context.</summary>
    public required MLContext Context { get; init; }

    /// <summary>The backbone.</summary>
    public required Backbone Backbone { get; init; }

    /// <summary>The data.</summary>
    public required Dataset Data { get; init; }

    /// <summary>Classes and labels of all training rows.</summary>
    public required ClassifiedRows Rows { get; init; }

    /// <summary>Training rows that were left out.</summary>
    public required int Skipped { get; init; }

    /// <summary>What is trained, on what, and how.</summary>
    public required FineTuneRequest Request { get; init; }

    /// <summary>Reads what a pipeline with a section <c>fineTune</c> names.</summary>
    /// <param name="resolved">The pipeline.</param>
    /// <param name="workFolder">An existing folder for temporary files.</param>
    /// <param name="clock">Told of the reading.</param>
    /// <param name="events">Told of what a user should know.</param>
    /// <param name="owned">What has to be disposed.</param>
    /// <param name="progress">From the backbone's name to the listener of the training.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UserException">The data or the backbone cannot be used as asked.</exception>
    public static FineTuneSetup Read(
        PipelineConfiguration resolved, string workFolder, StageClock clock, IProgress<RunEvent> events, OwnedResources owned, Func<string, IProgress<TrainingProgress>> progress, CancellationToken cancellation)
    {
        FineTuneCheck.Configuration(resolved);
        Backbone backbone = BackboneLoading.Load(resolved).Single();
        Dataset data = ClassificationRun.ReadData(resolved, clock, events, cancellation);
        ClassifiedRows rows = ClassifiedRows.Read(data.Train.View, resolved.Data.Label);
        BrokenRows broken = new(resolved.Data.OnError);
        Lazy<string[]> keys = new(() => [.. data.Train.View.GetColumn<ReadOnlyMemory<char>>(DataColumns.RowKey).Select(static key => key.ToString())]);
        TrainingInput input = owned.Add(TrainingInput.Create(resolved, backbone, data.Train.View, workFolder, (row, error) => broken.Reject(keys.Value[row], error), cancellation));
        if (broken.Skipped > 0)
        {
            broken.Report(events);
            ClassifiedRows.RequireAll(rows.Classes, input.Of(rows.Labels));
        }

        return new FineTuneSetup
        {
            Resolved = resolved,
            Context = new MLContext(resolved.Seed),
            Backbone = backbone,
            Data = data,
            Rows = rows,
            Skipped = broken.Skipped,
            Request = new FineTuneRequest
            {
                Model = input.Graph.Model,
                Candidates = BackboneWeights.Stored(backbone),
                Identity = input.Graph.CacheKey,
                Rows = new LabelledRows(input.Rows, input.Of(rows.Labels)),
                Classes = rows.Classes,
                Options = resolved.FineTune!,
                Seed = resolved.Seed,
                Inference = resolved.Inference,
                WorkFolder = workFolder,
                Progress = progress(backbone.Card.Name),
            },
        };
    }
}
