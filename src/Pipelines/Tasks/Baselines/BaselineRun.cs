using System.Globalization;
using Microsoft.ML;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Networks;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Pipelines.FineTuning;
using MLTransfer.Pipelines.Heads.Trainers;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.Tasks.Baselines;

/// <summary>Trains what a fine-tuned model is compared with, on the same rows, and measures it on the same test rows.</summary>
internal static class BaselineRun
{
    /// <summary>The file of the checkpoint of a training from random weights.</summary>
    /// <param name="checkpoint">The file of the fine-tuning's own checkpoint.</param>
    public static string ScratchCheckpoint(string checkpoint) => Path.ChangeExtension(checkpoint, ".scratch" + Path.GetExtension(checkpoint));

    /// <summary>Runs the baselines that a pipeline asks for. One that fails is left out with a warning: the fine-tuned model is worth more.</summary>
    /// <param name="setup">The fine-tuning.</param>
    /// <param name="workFolder">An existing folder for temporary files.</param>
    /// <param name="events">Told of stages, their progress, and what a user should know.</param>
    /// <param name="cancellation">Stops between two steps or batches.</param>
    public static IReadOnlyList<BaselineResult> Execute(FineTuneSetup setup, string workFolder, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        List<BaselineResult> results = [];
        foreach (Baseline baseline in setup.Resolved.FineTune!.Baseline?.Baselines ?? [])
        {
            StageClock clock = new(events, $"baseline {BaselineChoice.NameOf(baseline)}");
            using OwnedResources owned = new();
            try
            {
                ClassificationMetrics metrics = baseline == Baseline.Scratch
                    ? Scratch(setup, workFolder, clock, events, owned, cancellation)
                    : Frozen(setup, workFolder, clock, events, owned, cancellation);
                results.Add(new BaselineResult(baseline, metrics, clock.Elapsed.Values.Aggregate(TimeSpan.Zero, static (sum, time) => sum + time)));
            }
            catch (UserException error)
            {
                events.Report(new RunWarning($"The baseline '{BaselineChoice.NameOf(baseline)}' was not measured: {error.Message}"));
            }
        }

        return results;
    }

    /// <summary>All weights train, from numbers that know nothing.</summary>
    private static ClassificationMetrics Scratch(
        FineTuneSetup setup, string workFolder, StageClock clock, IProgress<RunEvent> events, OwnedResources owned, CancellationToken cancellation)
    {
        FineTuneOptions options = setup.Request.Options with { Train = new FreezePlan() };
        (OnnxModel model, IReadOnlyCollection<string> drawn) = RandomBackbone.Draw(setup.Request.Model, setup.Request.Candidates, setup.Request.Seed);
        FineTuningProgress progress = new(clock, events, options, $"{setup.Backbone.Card.Name} from random weights");
        FineTunedModel trained = FineTuner.Train(
            setup.Request with
            {
                Model = model,
                Identity = setup.Request.Identity + "\nrandom weights",
                Options = options,
                CheckpointPath = setup.Request.CheckpointPath is { } checkpoint ? ScratchCheckpoint(checkpoint) : null,
                Progress = progress,
            },
            cancellation);
        progress.Finish(trained);

        // Running statistics were drawn, too, and belong to the weights.
        return TunedModel.Create(setup, trained with { Trained = drawn }, events, owned).Evaluate(setup, workFolder, clock, owned, cancellation)!.Metrics;
    }

    private static ClassificationMetrics Frozen(
        FineTuneSetup setup, string workFolder, StageClock clock, IProgress<RunEvent> events, OwnedResources owned, CancellationToken cancellation)
    {
        PipelineConfiguration resolved = setup.Resolved with { FineTune = null, Head = new LbfgsHead() };
        Data.Dataset data = setup.Data;
        FeatureExtractor extractor = owned.Add(FeatureExtractor.Create(
            setup.Context, resolved.Features[0], setup.Backbone, SavedModel.FeatureColumn(0, 1), resolved, data.Train.View, message => events.Report(new RunWarning(message))));
        clock.Start(RunStage.Features, data.Train.Count + data.Test!.Count, "rows", $"{setup.Backbone.Card.Name} as it is");
        FeatureStage features = new([extractor], resolved.Data.OnError, resolved.Data.Label, workFolder);
        ComputedRows computed = new(clock);
        FeatureTable train = owned.Add(features.Run(data.Train.View, computed, cancellation)), test = owned.Add(features.Run(data.Test.View, computed, cancellation));
        clock.Finish(string.Create(CultureInfo.InvariantCulture, $"{features.Dimension} features a row"));
        HeadStage heads = new(resolved, setup.Rows.Classes);
        clock.Start(RunStage.Training, null, "rows", heads.Description);
        ITransformer head = heads.FitAsync(train.View(), null, cancellation).GetAwaiter().GetResult().Model;
        clock.Finish(heads.Description);
        clock.Start(RunStage.Evaluation, null, "rows", string.Create(CultureInfo.InvariantCulture, $"{test.Count} test rows"));
        ClassificationMetrics metrics = ClassificationEvaluation.Evaluate(head.Transform(test.View()), setup.Rows.Classes);
        clock.Finish(string.Create(CultureInfo.InvariantCulture, $"accuracy {metrics.Accuracy:0.0000}"));
        return metrics;
    }
}
