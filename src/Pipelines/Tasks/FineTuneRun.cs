using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Export;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Pipelines.FineTuning;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Trains a backbone together with its head: data, frozen part, training, evaluation, in this order.</summary>
internal static class FineTuneRun
{
    /// <summary>Runs a pipeline that has a section <c>fineTune</c>. See <see cref="ClassificationRun.ExecuteAsync"/>.</summary>
    /// <param name="resolved">The pipeline.</param>
    /// <param name="workFolder">An existing folder for temporary files.</param>
    /// <param name="checkpoint">The file of the checkpoint.</param>
    /// <param name="resume">Whether to go on from the checkpoint, where there is one.</param>
    /// <param name="events">Told of stages, their progress, and what a user should know.</param>
    /// <param name="cancellation">Stops the run between two steps, after a checkpoint.</param>
    /// <exception cref="UserException">The data or the backbone cannot be used as asked.</exception>
    public static ClassificationRunResult Execute(
        PipelineConfiguration resolved, string workFolder, string checkpoint, bool resume, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        FineTuneOptions options = resolved.FineTune!;
        MLContext ml = new(resolved.Seed);
        StageClock clock = new(events);
        OwnedResources owned = new();
        try
        {
            Backbone backbone = BackboneLoading.Load(resolved) is [{ } only]
                ? only
                : throw new UserException($"fineTune trains one backbone, and 'features' has {resolved.Features.Count} entries. Keep one of them.");
            Dataset data = ClassificationRun.ReadData(resolved, clock, events, cancellation);
            if (data.Folds.Count > 0)
            {
                throw new UserException("data.folds is set, and fineTune trains one model. Set data.test or data.testFraction in its place.");
            }

            // Training.
            ClassifiedRows rows = ClassifiedRows.Read(data.Train.View, resolved.Data.Label);
            BrokenRows broken = new(resolved.Data.OnError);
            Lazy<string[]> keys = new(() => [.. data.Train.View.GetColumn<ReadOnlyMemory<char>>(DataColumns.RowKey).Select(static key => key.ToString())]);
            FineTuningProgress progress = new(clock, events, options, backbone.Card.Name);
            TrainingInput input = owned.Add(TrainingInput.Create(resolved, backbone, data.Train.View, workFolder, (row, error) => broken.Reject(keys.Value[row], error), cancellation));
            if (broken.Skipped > 0)
            {
                broken.Report(events);
                ClassifiedRows.RequireAll(rows.Classes, input.Of(rows.Labels));
            }

            FineTunedModel trained = FineTuner.Train(
                new FineTuneRequest
                {
                    Model = input.Graph.Model,
                    Candidates = BackboneWeights.Stored(backbone),
                    Identity = input.Graph.CacheKey,
                    Rows = new LabelledRows(input.Rows, input.Of(rows.Labels)),
                    Classes = rows.Classes,
                    Options = options,
                    Seed = resolved.Seed,
                    Inference = resolved.Inference,
                    WorkFolder = workFolder,
                    CheckpointPath = checkpoint,
                    Resume = resume,
                    Progress = progress,
                },
                cancellation);
            progress.Finish(trained);

            // The trained backbone takes the place of the one that was named; head and evaluation are those of the frozen path.
            string folder = owned.Add(new TemporaryBackbone()).Folder;
            Backbone tuned = TrainedBackbone.Save(backbone, trained, folder);
            PipelineConfiguration uncached = resolved with { Cache = new CacheSettings { Enabled = false } };
            FeatureExtractor extractor = owned.Add(FeatureExtractor.Create(ml, resolved.Features[0], tuned, SavedModel.FeatureColumn(0, 1), uncached, data.Train.View, message => events.Report(new RunWarning(message))));
            ITransformer head = new LinearHead(trained.HeadWeights, trained.HeadBiases, rows.Classes).WithTexts(FeatureTableView.Features);
            (IDataView? scored, ClassificationMetrics? metrics, long skipped) = Evaluate(extractor, head, data, rows.Classes, resolved, workFolder, clock, events, owned, cancellation);
            return new ClassificationRunResult(owned)
            {
                Configuration = resolved,
                Backbones = [backbone],
                Classes = rows.Classes,
                Model = new SavedModel(ml, [extractor], head, resolved, data.Train.View.Schema),
                Head = head,
                Tuning = [],
                Test = metrics,
                Folds = [],
                Scored = scored is null ? [] : [scored],
                Examples = (data.Test ?? data.Train).Spread(ClassificationRun.MostExamples, ClassificationRun.Keys((data.Test ?? data.Train).View)).View,
                Elapsed = clock.Elapsed,
                Rows = new RowCounts(rows.Labels.Length - broken.Skipped, data.Test?.Count ?? 0, data.Report.RowsSkipped + broken.Skipped + skipped),
                Fingerprint = data.Fingerprint,
                FineTuning = trained.Outcome,
            };
        }
        catch (OperationCanceledException) when (File.Exists(checkpoint))
        {
            owned.Dispose();
            throw new TrainingCancelledException(checkpoint, cancellation);
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }

    private static (IDataView? Scored, ClassificationMetrics? Metrics, long Skipped) Evaluate(
        FeatureExtractor extractor, ITransformer head, Dataset data, IReadOnlyList<string> classes, PipelineConfiguration resolved, string workFolder, StageClock clock, IProgress<RunEvent> events, OwnedResources owned, CancellationToken cancellation)
    {
        if (data.Test is null)
        {
            events.Report(new RunWarning("There is no test set, so nothing was measured. Set data.test or data.testFraction."));
            return (null, null, 0);
        }

        clock.Start(RunStage.Evaluation, data.Test.Count, "rows", string.Create(CultureInfo.InvariantCulture, $"{data.Test.Count} test rows"));
        FeatureStage features = new([extractor], resolved.Data.OnError, resolved.Data.Label, workFolder);
        FeatureTable table = owned.Add(features.Run(data.Test.View, new ComputedRows(clock), cancellation));
        IDataView scored = head.Transform(table.View());
        ClassificationMetrics metrics = ClassificationEvaluation.Evaluate(scored, classes);
        clock.Finish(string.Create(CultureInfo.InvariantCulture, $"accuracy {metrics.Accuracy:0.0000}"));
        return (scored, metrics, features.Broken.Skipped);
    }
}
