using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MLTransfer.Benchmarks.Data;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Export;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Texts;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.Batching;
using BareTextLoop = MLTransfer.Benchmarks.Extraction.Texts.BareTextLoop;

namespace MLTransfer.Benchmarks.FineTuning;

/// <summary>Fine-tuning of a text backbone: accuracy on the test rows, and time against ONNX Runtime's one pass over the training rows.</summary>
internal static class FineTuneCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "sst2 or banking77, under shared/data.", DefaultValueFactory = _ => "sst2" };
        var top = new Option<int?>("--top") { Description = "The top blocks that train; all weights without it." };
        var epochs = new Option<int>("--epochs") { DefaultValueFactory = _ => 3 };
        var batch = new Option<int>("--batch") { DefaultValueFactory = _ => 32 };
        var sorted = new Option<int>("--batches-sorted-together") { DefaultValueFactory = _ => new FineTuneOptions().BatchesSortedTogether };
        var rate = new Option<double?>("--rate") { Description = "Peak learning rate." };
        var headRate = new Option<double?>("--head-rate") { Description = "Peak learning rate of the head." };
        var seeds = new Option<int[]>("--seeds") { AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1] };
        var rows = new Option<int?>("--rows") { Description = "The first training rows only." };
        var touched = new Option<bool>("--touched-rows-only");
        var bfloat16 = new Option<bool>("--bfloat16");
        var command = new Command("fine-tune", "Fine-tuning of all-MiniLM-L6-v2 against one pass of ONNX Runtime over the same rows.")
        {
            data, top, epochs, batch, sorted, rate, headRate, seeds, rows, touched, bfloat16,
        };
        command.SetAction((result, cancellation) =>
        {
            FineTuneOptions options = new()
            {
                Epochs = result.GetValue(epochs),
                BatchSize = result.GetValue(batch),
                BatchesSortedTogether = result.GetValue(sorted),
                Train = new FreezePlan { Top = result.GetValue(top) },
                Bfloat16 = result.GetValue(bfloat16),
            };
            options = options with
            {
                LearningRate = result.GetValue(rate) ?? options.LearningRate,
                HeadLearningRate = result.GetValue(headRate) ?? options.HeadLearningRate,
                Optimizer = options.Optimizer with { TouchedRowsOnly = result.GetValue(touched) },
            };
            Measure(result.GetValue(data)!, options, result.GetValue(seeds)!, result.GetValue(rows), cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Measure(string name, FineTuneOptions options, int[] seeds, int? rows, CancellationToken cancellation)
    {
        string extension = name == "sst2" ? "tsv" : "csv";
        TextTable train = TextTable.Read(Path.Combine(SharedFiles.DataSet(name), $"train.{extension}"));
        TextTable test = TextTable.Read(Path.Combine(SharedFiles.DataSet(name), $"test.{extension}"));
        train = rows is { } count ? new TextTable([.. train.Texts.Take(count)], [.. train.Labels.Take(count)]) : train;
        string[] classes = [.. train.Labels.Distinct().Order(StringComparer.Ordinal)];
        Backbone backbone = Backbone.Load("all-MiniLM-L6-v2").WithMaximumLength(128);
        FeatureGraph graph = FeatureGraph.Build(backbone, new FeatureGraphOptions());
        LabelledRows training = new(TextInputs.For(graph, train.Texts), [.. train.Labels.Select(label => Array.IndexOf(classes, label))]);
        double pass = Pass(graph, train);
        (double bare, string how) = BarePass(name, train.Texts.Count);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{train.Texts.Count} rows, one pass of ONNX Runtime: bare loop {bare:F1} s ({how}), our extraction {pass:F1} s"));
        List<double> accuracies = [];
        foreach (int seed in seeds)
        {
            string folder = Directory.CreateTempSubdirectory("mltransfer-fine-tune-").FullName;
            try
            {
                var clock = Stopwatch.StartNew();
                FineTunedModel model = FineTuner.Train(
                    new FineTuneRequest
                    {
                        Model = graph.Model,
                        Candidates = BackboneWeights.Stored(backbone),
                        Identity = graph.CacheKey,
                        Rows = training,
                        Classes = classes,
                        Options = options,
                        Seed = seed,
                        WorkFolder = folder,
                        Progress = new Printer(),
                    },
                    cancellation);
                double seconds = clock.Elapsed.TotalSeconds;
                double accuracy = Accuracy(TrainedBackbone.Save(backbone, model, Path.Combine(folder, "backbone")), model, test, classes);
                accuracies.Add(accuracy);
                double peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
                Console.WriteLine(model.Summary);
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name} seed {seed}: accuracy {accuracy:F4}, {seconds:F1} s, {seconds / bare:F2} bare passes in all, {seconds / bare / options.Epochs:F2} an epoch ({seconds / pass:F2}, {seconds / pass / options.Epochs:F2} of our extraction), peak {peak:F0} MB"));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }

        double mean = accuracies.Average();
        double deviation = accuracies.Count < 2 ? 0 : Math.Sqrt(accuracies.Sum(value => (value - mean) * (value - mean)) / (accuracies.Count - 1));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mean {mean:F4}, deviation {deviation:F4}"));
    }

    private static double Pass(FeatureGraph graph, TextTable table)
    {
        ITextTokenizer tokenizer = TextTokenizers.Create(graph.Backbone.Card.Text!.Tokenizer, graph.Backbone.Directory);
        using TextFeatureExtractor extractor = new(graph, tokenizer, new InferenceOptions(), new TokenBudget());
        _ = extractor.Extract(table.Texts.Take(200).Select(static text => new TextRow(text.Text, text.Pair)), null, CancellationToken.None).Count();
        var clock = Stopwatch.StartNew();
        _ = extractor.Extract(table.Texts.Select(static text => new TextRow(text.Text, text.Pair)), null, CancellationToken.None).Count();
        return clock.Elapsed.TotalSeconds;
    }

    // The yardstick that the targets were measured with: ready tensors, one session with its own threads, the best batch size.
    private static (double Seconds, string How) BarePass(string name, int rows)
    {
        using BareTextLoop loop = new(name);
        loop.WarmUp();
        loop.Prepare(rows);
        var clock = Stopwatch.StartNew();
        loop.Run(rows);
        return (clock.Elapsed.TotalSeconds, loop.Note);
    }

    private static double Accuracy(Backbone backbone, FineTunedModel model, TextTable test, string[] classes)
    {
        FeatureGraph graph = FeatureGraph.Build(backbone, new FeatureGraphOptions());
        ITextTokenizer tokenizer = TextTokenizers.Create(backbone.Card.Text!.Tokenizer, backbone.Directory);
        using TextFeatureExtractor extractor = new(graph, tokenizer, new InferenceOptions(), new TokenBudget());
        int row = 0, right = 0;
        foreach (FeatureResult result in extractor.Extract(test.Texts.Select(static text => new TextRow(text.Text, text.Pair)), null, CancellationToken.None))
        {
            float[] scores = [.. Enumerable.Range(0, classes.Length).Select(c => model.HeadBiases[c] + System.Numerics.Tensors.TensorPrimitives.Dot(result.Features, model.HeadWeights.AsSpan(c * model.Dimension, model.Dimension)))];
            right += classes[Array.IndexOf(scores, scores.Max())] == test.Labels[row++] ? 1 : 0;
        }

        return (double)right / row;
    }

    private sealed class Printer : IProgress<TrainingProgress>
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();

        public void Report(TrainingProgress value)
        {
            if (value.Warning is { } warning)
            {
                Console.WriteLine(warning);
            }

            if (value.Measure is { } measure)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  epoch {measure.Epoch}: loss {measure.TrainingLoss:F4}, {_clock.Elapsed.TotalSeconds:F0} s"));
            }
        }
    }
}
