using System.Globalization;
using Microsoft.ML;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Export;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Pipelines.FineTuning;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>A trained backbone in the place of the one that was named; head and evaluation are those of the frozen path.</summary>
/// <param name="Extractor">From rows to features.</param>
/// <param name="Head">From features to predictions.</param>
internal sealed record TunedModel(FeatureExtractor Extractor, ITransformer Head)
{
    /// <summary>Loads what was trained.</summary>
    /// <param name="setup">What the training began with.</param>
    /// <param name="trained">What came of it.</param>
    /// <param name="events">Told of what a user should know.</param>
    /// <param name="owned">What has to be disposed.</param>
    public static TunedModel Create(FineTuneSetup setup, FineTunedModel trained, IProgress<RunEvent> events, OwnedResources owned)
    {
        string folder = owned.Add(new TemporaryBackbone()).Folder;
        Backbone tuned = TrainedBackbone.Save(setup.Backbone, trained, folder);
        PipelineConfiguration uncached = setup.Resolved with { Cache = new CacheSettings { Enabled = false } };
        FeatureExtractor extractor = owned.Add(FeatureExtractor.Create(
            setup.Context, setup.Resolved.Features[0], tuned, SavedModel.FeatureColumn(0, 1), uncached, setup.Data.Train.View, message => events.Report(new RunWarning(message))));
        return new TunedModel(extractor, new LinearHead(trained.HeadWeights, trained.HeadBiases, setup.Rows.Classes).WithTexts(FeatureTableView.Features));
    }

    /// <summary>Predicts and measures the test rows; null where there are none.</summary>
    public TestScores? Evaluate(FineTuneSetup setup, string workFolder, StageClock clock, OwnedResources owned, CancellationToken cancellation)
    {
        if (setup.Data.Test is not { } test)
        {
            return null;
        }

        clock.Start(RunStage.Evaluation, test.Count, "rows", string.Create(CultureInfo.InvariantCulture, $"{test.Count} test rows"));
        FeatureStage features = new([Extractor], setup.Resolved.Data.OnError, setup.Resolved.Data.Label, workFolder);
        FeatureTable table = owned.Add(features.Run(test.View, new ComputedRows(clock), cancellation));
        IDataView scored = Head.Transform(table.View());
        ClassificationMetrics metrics = ClassificationEvaluation.Evaluate(scored, setup.Rows.Classes);
        clock.Finish(string.Create(CultureInfo.InvariantCulture, $"accuracy {metrics.Accuracy:0.0000}"));
        return new TestScores(scored, metrics, table.Keys, features.Broken);
    }
}
