using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.FineTuning;
using MLTransfer.Pipelines.Tasks.Baselines;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Trains a backbone together with its head: data, frozen part, training, evaluation, baselines, in this order.</summary>
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
        StageClock clock = new(events);
        OwnedResources owned = new();
        try
        {
            FineTuningProgress? progress = null;
            FineTuneSetup setup = FineTuneSetup.Read(
                resolved, workFolder, clock, events, owned, name => progress = new FineTuningProgress(clock, events, resolved.FineTune!, name), cancellation);
            setup = setup with
            {
                // What comes after the training may be cancelled, too: it is not to be trained again.
                Request = setup.Request with { CheckpointPath = checkpoint, Resume = resume, KeepsCheckpoint = resolved.FineTune!.Baseline is not null },
            };
            FineTunedModel trained = FineTuner.Train(setup.Request, cancellation);
            progress!.Finish(trained);
            TunedModel tuned = TunedModel.Create(setup, trained, events, owned);
            TestScores? test = tuned.Evaluate(setup, workFolder, clock, owned, cancellation);
            test?.Broken.Report(events);
            if (test is null)
            {
                events.Report(new RunWarning("There is no test set, so nothing was measured. Set data.test or data.testFraction."));
            }

            Dataset data = setup.Data;
            DataSplit shown = data.Test ?? data.Train;
            return new ClassificationRunResult(owned)
            {
                // With the rates that this number of rows led to: the resolved file is to give the same result again.
                Configuration = resolved with { FineTune = (FineTuneSection)trained.Options },
                Backbones = [setup.Backbone],
                Classes = setup.Rows.Classes,
                Model = new SavedModel(setup.Context, [tuned.Extractor], tuned.Head, resolved, data.Train.View.Schema),
                Head = tuned.Head,
                Tuning = [],
                Test = test?.Metrics,
                Folds = [],
                Scored = test is null ? [] : [test.Scored],
                Examples = shown.Spread(ClassificationRun.MostExamples, test is null ? ClassificationRun.Keys(shown.View) : [.. test.Keys]).View,
                Elapsed = clock.Elapsed,
                Rows = new RowCounts(setup.Rows.Labels.Length - setup.Skipped, data.Test?.Count ?? 0, data.Report.RowsSkipped + setup.Skipped + (test?.Broken.Skipped ?? 0)),
                Fingerprint = data.Fingerprint,
                FineTuning = trained.Outcome,
                Adapter = LoraAdapter.Of(setup.Backbone, trained, setup.Rows.Classes),
                Baselines = BaselineRun.Execute(setup, workFolder, events, cancellation),
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

    /// <summary>Removes the checkpoints of a run that is complete.</summary>
    /// <param name="checkpoint">The file of the checkpoint.</param>
    public static void DeleteCheckpoints(string checkpoint)
    {
        File.Delete(checkpoint);
        File.Delete(BaselineRun.ScratchCheckpoint(checkpoint));
    }
}
