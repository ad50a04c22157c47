using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Pipelines.Heads;
using MLTransfer.Pipelines.Heads.Tuning;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Trains a classifier on the features of frozen backbones: data, features, head, evaluation, in this order.</summary>
internal static class ClassificationRun
{
    /// <summary>The saved model works through them one by one: a few seconds with most backbones.</summary>
    internal const int MostExamples = 100;

    /// <summary>Runs a pipeline. The result holds open files in the work folder until it is disposed.</summary>
    /// <param name="resolved">The pipeline, as <see cref="PipelineResolution.Resolve"/> gives it.</param>
    /// <param name="workFolder">An existing folder for temporary files.</param>
    /// <param name="events">Told of stages, their progress, and what a user should know.</param>
    /// <param name="cancellation">Stops the run: between two batches, and at once while a trainer works.</param>
    /// <exception cref="UserException">The data, a backbone or the head cannot be used as asked.</exception>
    public static async Task<ClassificationRunResult> ExecuteAsync(
        PipelineConfiguration resolved, string workFolder, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        var ml = new MLContext(resolved.Seed);
        var clock = new StageClock(events);
        var owned = new OwnedResources();
        try
        {
            // Backbones first: a wrong name should not cost the reading of the data.
            IReadOnlyList<Backbone> backbones = BackboneLoading.Load(resolved);

            Dataset data = ReadData(resolved, clock, events, cancellation);

            // Features of training and test rows, once; folds are subsets of the training rows.
            long total = (data.Train.Count + (data.Test?.Count ?? 0)) * backbones.Count;
            clock.Start(RunStage.Features, total, backbones.Count == 1 ? "rows" : "inputs", string.Join(" + ", backbones.Select(static backbone => backbone.Card.Name)));
            FeatureExtractor[] extractors = Extractors(ml, resolved, backbones, data.Train.View, owned, events);
            var features = new FeatureStage(extractors, resolved.Data.OnError, resolved.Data.Label, workFolder);
            var computed = new ComputedRows(clock);
            FeatureTable train = owned.Add(features.Run(data.Train.View, computed, cancellation));
            FeatureTable? test = data.Test is null ? null : owned.Add(features.Run(data.Test.View, computed, cancellation));
            clock.Finish(string.Create(CultureInfo.InvariantCulture, $"{features.Dimension} features a row"));
            features.Broken.Report(events);
            CheckLeft(train, test);

            IReadOnlyList<string> classes = [.. train.Labels.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
            var heads = new HeadStage(resolved, classes);

            // Folds measure the recipe; the model that is kept has seen all training rows.
            IReadOnlyList<FoldResult> folds = await FoldsAsync(heads, data, train, clock, cancellation).ConfigureAwait(false);
            clock.Start(RunStage.Training, heads.Candidates, heads.Candidates is null ? "rows" : "candidates", string.Create(CultureInfo.InvariantCulture, $"{heads.Description}, {train.Count} rows, {classes.Count} classes"));
            FittedHead fitted = await heads.FitAsync(train.View(), new TuningProgress(clock, events), cancellation).ConfigureAwait(false);
            ITransformer head = fitted.Model;
            clock.Finish(fitted.Options.Description);

            IDataView? scored = null;
            ClassificationMetrics? metrics = null;
            if (test is not null)
            {
                clock.Start(RunStage.Evaluation, null, "rows", string.Create(CultureInfo.InvariantCulture, $"{test.Count} test rows"));
                scored = head.Transform(test.View());
                metrics = ClassificationEvaluation.Evaluate(scored, classes);
                clock.Finish(string.Create(CultureInfo.InvariantCulture, $"accuracy {metrics.Accuracy:0.0000}"));
            }
            else if (folds.Count == 0)
            {
                events.Report(new RunWarning("There is no test set, so nothing was measured. Set data.test, data.testFraction or data.folds."));
            }

            return new ClassificationRunResult(owned)
            {
                // With what a cross-validation chose, so that running it again does not search again.
                Configuration = resolved with { Head = fitted.Options },
                Backbones = backbones,
                Classes = classes,
                Model = new SavedModel(ml, extractors, head, resolved, data.Train.View.Schema),
                Head = head,
                Tuning = fitted.Tuning,
                Test = metrics,
                Folds = folds,
                Scored = scored is not null ? [scored] : [.. folds.Select(static fold => fold.Scored)],
                Examples = (data.Test ?? data.Train).Spread(MostExamples, new HashSet<string>((test ?? train).Keys)).View,
                Elapsed = clock.Elapsed,
                Rows = new RowCounts(train.Count, test?.Count ?? 0, data.Report.RowsSkipped + features.Broken.Skipped),
                Fingerprint = data.Fingerprint,
            };
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }

    /// <summary>Reads, checks and splits the rows of a pipeline.</summary>
    internal static Dataset ReadData(PipelineConfiguration resolved, StageClock clock, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        clock.Start(RunStage.Data, null, "rows", resolved.Data.Train);
        Dataset data = Dataset.Open(
            resolved.Data, PipelineResolution.Columns(resolved), Directory.GetCurrentDirectory(), resolved.Seed, new RowProgress(clock), cancellation);
        string test = data.Test is null ? "" : string.Create(CultureInfo.InvariantCulture, $" + {data.Test.Count:N0} test");
        string folds = data.Folds.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {data.Folds.Count} folds");
        clock.Finish(string.Create(CultureInfo.InvariantCulture, $"{data.Train.Count:N0} training{test} rows{folds}, {data.Classes.Count:N0} classes"), data.Report.RowsRead);
        foreach (string warning in DataReportText.Lines(data.Report))
            events.Report(new RunWarning(warning));
        foreach ((string name, long count) in data.Train.ClassCounts)
            events.Report(new RunNote(string.Create(CultureInfo.InvariantCulture, $"class '{name}': {count} training rows, {data.Test?.ClassCounts.GetValueOrDefault(name) ?? 0} test rows")));
        return data;
    }

    private static FeatureExtractor[] Extractors(
        MLContext ml, PipelineConfiguration resolved, IReadOnlyList<Backbone> backbones, IDataView rows, OwnedResources owned, IProgress<RunEvent> events)
    {
        FeatureExtractor[] extractors = new FeatureExtractor[backbones.Count];
        for (int i = 0; i < extractors.Length; i++)
            extractors[i] = owned.Add(FeatureExtractor.Create(ml, resolved.Features[i], backbones[i], SavedModel.FeatureColumn(i, extractors.Length), resolved, rows, Warn));
        return extractors;

        void Warn(string message) => events.Report(new RunWarning(message));
    }

    private static async Task<IReadOnlyList<FoldResult>> FoldsAsync(
        HeadStage heads, Dataset data, FeatureTable train, StageClock clock, CancellationToken cancellation)
    {
        List<FoldResult> results = [];
        if (data.Folds.Count == 0)
            return results;
        clock.Start(RunStage.Evaluation, data.Folds.Count, "folds", heads.Description);
        foreach (DataFold fold in data.Folds)
        {
            HashSet<string> tested = Keys(fold.Test.View);
            int[] testRows = [.. Enumerable.Range(0, train.Count).Where(row => tested.Contains(train.Keys[row]))];
            int[] trainRows = [.. Enumerable.Range(0, train.Count).Except(testRows)];
            ITransformer head = (await heads.FitAsync(train.View(trainRows), null, cancellation).ConfigureAwait(false)).Model;
            IDataView scored = head.Transform(train.View(testRows));
            results.Add(new FoldResult(ClassificationEvaluation.Evaluate(scored, heads.Classes), scored));
            clock.Advance(results.Count);
        }
        double accuracy = results.Average(static fold => fold.Metrics.Accuracy);
        clock.Finish(string.Create(CultureInfo.InvariantCulture, $"mean accuracy {accuracy:0.0000}"));
        return results;
    }

    internal static HashSet<string> Keys(IDataView rows) =>
        [.. rows.GetColumn<ReadOnlyMemory<char>>(DataColumns.RowKey).Select(static key => key.ToString())];

    // Rows may have been lost since the data were checked.
    private static void CheckLeft(FeatureTable train, FeatureTable? test)
    {
        string[] left = [.. train.Labels.Distinct(StringComparer.Ordinal)];
        if (left.Length < 2)
            throw new UserException($"After broken rows were left out, {(left.Length == 0 ? "no class is" : $"only the class '{left[0]}' is")} left to train on. A classifier needs at least two.");
        if (test is { Count: 0 })
            throw new UserException("After broken rows were left out, no test row is left. Mend the rows that the log names, or take data.test out.");
        if (test?.Labels.Except(left, StringComparer.Ordinal).FirstOrDefault() is { } lost)
            throw new UserException($"After broken rows were left out, the class '{lost}' has test rows and no training row. Mend the rows that the log names, or take the class out of the test data.");
    }

    private sealed class RowProgress(StageClock clock) : IProgress<long>
    {
        public void Report(long value) => clock.Advance(value);
    }

    private sealed class TuningProgress(StageClock clock, IProgress<RunEvent> events) : IProgress<TuningStep>
    {
        public void Report(TuningStep value)
        {
            string loss = value.LogLoss is { } number ? string.Create(CultureInfo.InvariantCulture, $", log loss {number:0.0000}") : "";
            events.Report(new RunNote(string.Create(
                CultureInfo.InvariantCulture, $"candidate {value.Number} of {value.Count}, {value.Options.Description}: accuracy {value.Accuracy:0.0000}{loss}")));
            clock.Advance(value.Number);
        }
    }
}
