using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MLTransfer.Benchmarks.Accuracy;
using MLTransfer.Benchmarks.Data;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Benchmarks.FineTuning;

/// <summary>The test accuracy of fine-tuning on data sets under shared/data, through the same pipeline that a user runs: mean and deviation over seeds.</summary>
internal static class FineTuneAccuracyCommand
{
    public static Command Create()
    {
        var dataSet = new Option<string>("--data") { Description = "Which data set: " + string.Join(", ", AccuracyCase.All.Select(entry => entry.Name)) + ".", DefaultValueFactory = _ => "sst2" };
        var fineTune = new Option<string>("--fine-tune") { Description = "The section fineTune of a pipeline.json.", DefaultValueFactory = _ => "{}" };
        var seeds = new Option<int[]>("--seeds") { AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 2, 3] };
        var also = new Option<string?>("--also") { Description = "A second file of the data set's folder to measure on, such as dev.tsv, by which settings are chosen." };
        var maximumLength = new Option<int?>("--maximum-length") { Description = "Longest text in tokens.", DefaultValueFactory = _ => null };
        var shorterSide = new Option<int?>("--shorter-side") { Description = "Another size of images." };
        var command = new Command("fine-tune-accuracy", "Test accuracy of fine-tuned backbones, over several seeds.") { dataSet, fineTune, seeds, also, maximumLength, shorterSide };
        command.SetAction((result, cancellation) =>
        {
            FineTuneSection options = StrictJson.Parse<FineTuneSection>(Encoding.UTF8.GetBytes(result.GetValue(fineTune)!), "--fine-tune");
            AccuracyCase entry = AccuracyCase.All.Single(entry => entry.Name == result.GetValue(dataSet));
            FeatureInput input = entry.Input with { MaximumLength = entry.Input.Text is null ? null : result.GetValue(maximumLength) };
            input = result.GetValue(shorterSide) is { } side && input.ImageCard is { } card ? input with { ImageCard = card with { ResizeShorterSide = side, Width = side, Height = side } } : input;
            Measure(entry with { Input = input }, options, result.GetValue(also), result.GetValue(seeds)!, cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Measure(AccuracyCase entry, FineTuneSection options, string? also, int[] seeds, CancellationToken cancellation)
    {
        string folder = SharedFiles.DataSet(entry.Name);
        DataSource whole = entry.Data with { Train = Path.Combine(folder, entry.Data.Train), Test = Path.Combine(folder, entry.Data.Test!), OnError = RowErrorPolicy.Fail };
        List<double> accuracies = [];
        foreach (int seed in seeds)
        {
            string work = Directory.CreateTempSubdirectory("mltransfer-fine-tune-accuracy-").FullName;
            try
            {
                DataSource data = also is null ? whole : whole with { Test = Joined(Path.Combine(folder, also), whole.Test!, work) };
                int first = also is null ? 0 : File.ReadLines(Path.Combine(folder, also)).Count() - 1;
                var configuration = new PipelineConfiguration { Task = LearningTask.MulticlassClassification, Data = data, Features = [entry.Input], FineTune = options, Seed = seed };
                var resolved = PipelineResolution.Resolve(new PipelineFile(Path.Combine(work, "pipeline.json"), configuration));
                using ClassificationRunResult run = FineTuneRun.Execute(resolved, work, Path.Combine(work, "checkpoint"), false, new Printer(), cancellation);
                ScoredRow[] rows = [.. ScoredRow.Read(run.Scored.Single(), run.Classes.Count)];
                ClassificationMetrics metrics = Metrics(rows[first..], run.Classes);
                accuracies.Add(metrics.Accuracy);
                string other = also is null ? "" : $"; {also} {Quality(Metrics(rows[..first], run.Classes))}";
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{entry.Name} seed {seed}: {Quality(metrics)}{other}; {run.Elapsed[RunStage.Training].TotalSeconds:F1} s, peak {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} MB"));
            }
            finally
            {
                Directory.Delete(work, recursive: true);
            }
        }

        double mean = accuracies.Average();
        double deviation = accuracies.Count < 2 ? 0 : Math.Sqrt(accuracies.Sum(value => (value - mean) * (value - mean)) / (accuracies.Count - 1));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{entry.Name}, {accuracies.Count} seeds: mean {mean:F4}, deviation {deviation:F4}"));
    }

    private static ClassificationMetrics Metrics(IEnumerable<ScoredRow> rows, IReadOnlyList<string> classes)
    {
        string[] names = [.. classes];
        ClassificationEvaluator evaluator = new(names);
        foreach (ScoredRow row in rows)
        {
            evaluator.Add(Array.IndexOf(names, row.Label), Array.IndexOf(names, row.Predicted), row.Scores);
        }

        return evaluator.Metrics();
    }

    private static string Quality(ClassificationMetrics metrics) => string.Create(CultureInfo.InvariantCulture, $"accuracy {metrics.Accuracy:F4}, log loss {metrics.LogLoss:F4}");

    // The rows of two tables with the same header, one after the other.
    private static string Joined(string first, string second, string folder)
    {
        string path = Path.Combine(folder, "joined" + Path.GetExtension(second));
        File.WriteAllLines(path, File.ReadLines(first).Concat(File.ReadLines(second).Skip(1)));
        return path;
    }

    private sealed class Printer : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            if (value is RunWarning warning)
            {
                Console.WriteLine(warning.Message);
            }
        }
    }
}
