using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Benchmarks.Data;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.Batching;
using MLTransfer.Models.Text.Graph;
using MLTransfer.Models.Text.WordPiece;

namespace MLTransfer.Benchmarks.WordPiece;

/// <summary>
/// The tokenizer inside the graph against the native one and against the backbone's own forward, sentence by sentence. In one pass each variant has all
/// sentences in a row; in the other the variants take turns on each sentence, so that a busy machine slows all of them alike, and so that each finds the
/// processor's caches as the backbone leaves them.
/// </summary>
internal static class WordPieceCommand
{
    private const int LoadTimes = 5;

    public static Command Create()
    {
        Option<int> sentences = new("--sentences") { DefaultValueFactory = _ => 400, Description = "Sentences of sst2's test set." };
        Option<int> repetitions = new("--repetitions") { DefaultValueFactory = _ => 5, Description = "How often everything is measured." };
        Command command = new("wordpiece", "WordPiece inside the graph: time per sentence, load time, size.") { sentences, repetitions };
        command.SetAction(result => Run(result.GetValue(sentences), result.GetValue(repetitions)));
        return command;
    }

    private static int Run(int sentences, int repetitions)
    {
        string[] texts =
        [
            .. File.ReadLines(Path.Combine(SharedFiles.DataSet("sst2"), "test.tsv")).Skip(1).Select(line => line.Split('\t')[1]).Take(sentences),
        ];
        Backbone backbone = Backbone.Load("all-MiniLM-L6-v2");
        TextPreprocessing text = backbone.Card.Text!;
        OnnxModel features = FeatureGraph.Build(backbone, new FeatureGraphOptions()).Model;
        var definition = WordPieceDefinition.Load(Path.Combine(backbone.Directory, text.Tokenizer.Vocabulary), text.Tokenizer.Lowercase);
        var watch = Stopwatch.StartNew();
        OnnxModel tokenizer = new WordPieceGraph(definition).Build(text.MaximumLength, isPair: false, features.Opsets[Opset.Standard]);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"tokenizer graph: {tokenizer.Operators.Sum(static op => op.Count)} nodes, {tokenizer.ToBytes().Length:N0} bytes, built in {watch.ElapsedMilliseconds} ms"));
        byte[] whole = TextGraph.Build(features, text, backbone.Directory, isPair: false).ToBytes();
        Load(features.ToBytes(), tokenizer.ToBytes(), whole);
        Sentences(texts, repetitions, definition.ToTokenizer(), features, tokenizer, whole);
        return 0;
    }

    private static void Load(byte[] backbone, byte[] tokenizer, byte[] whole)
    {
        double[][] times = [new double[LoadTimes], new double[LoadTimes], new double[LoadTimes]];
        for (int i = 0; i < LoadTimes; i++)
        {
            foreach ((int variant, byte[] bytes) in (ReadOnlySpan<(int, byte[])>)[(0, backbone), (1, tokenizer), (2, whole)])
            {
                times[variant][i] = Milliseconds(() => new InferenceSession(bytes).Dispose());
            }
        }

        Print("load, median", ("backbone", Median(times[0])), ("tokenizer graph", Median(times[1])), ("merged", Median(times[2])));
        Print("  ratio", ("merged / backbone", Median(times[2]) / Median(times[0])));
    }

    private static void Sentences(string[] texts, int repetitions, ITextTokenizer native, OnnxModel features, OnnxModel tokenizer, byte[] whole)
    {
        using var backboneSession = new InferenceSession(features.ToBytes());
        using var tokenizerSession = new InferenceSession(tokenizer.ToBytes());
        using var wholeSession = new InferenceSession(whole);
        PaddedTokens[] tokens = [.. texts.Select(text => PaddedTokens.From([native.Encode(text, null, 256)], native.PaddingId))];
        double largest = texts.Select((text, i) => RunTokens(backboneSession, tokens[i])
            .Zip(RunTexts(wholeSession, text, FeatureGraph.Features)).Max(static pair => Math.Abs(pair.First - pair.Second))).Max();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"largest difference of a feature: {largest:e1}"));

        Action<int>[] variants =
        [
            i => native.Encode(texts[i], null, 256),
            i => RunTexts(tokenizerSession, texts[i], WordPieceGraph.InputIds, WordPieceGraph.AttentionMask, WordPieceGraph.TokenTypeIds),
            i => RunTokens(backboneSession, tokens[i]),
            i => RunTexts(wholeSession, texts[i], FeatureGraph.Features),
        ];
        Report($"{texts.Length} sentences in a row, batch 1", repetitions, () => InARow(variants, texts.Length));
        Report($"{texts.Length} sentences in turns, batch 1", repetitions, () => InTurns(variants, texts.Length));
    }

    private static void Report(string what, int repetitions, Func<double[]> measure)
    {
        measure(); // warms up
        double[][] all = [.. Enumerable.Range(0, repetitions).Select(_ => measure())];
        Print(
            $"{what}, median",
            ("native", Median([.. all.Select(static run => run[0])])),
            ("tokenizer graph", Median([.. all.Select(static run => run[1])])),
            ("backbone", Median([.. all.Select(static run => run[2])])),
            ("merged", Median([.. all.Select(static run => run[3])])));
        Ratio("tokenizer graph / backbone", all, static run => run[1] / run[2]);
        Ratio("native / backbone", all, static run => run[0] / run[2]);
        Ratio("merged / (tokenizer graph + backbone)", all, static run => run[3] / (run[1] + run[2]));
        Ratio("merged / (native + backbone)", all, static run => run[3] / (run[0] + run[2]));
    }

    private static void Ratio(string what, double[][] all, Func<double[], double> ratio)
    {
        double[] ratios = [.. all.Select(ratio)];
        Print($"  {what}", ("min", ratios.Min()), ("median", Median(ratios)), ("max", ratios.Max()));
    }

    // The median of each variant, milliseconds.
    private static double[] InARow(Action<int>[] variants, int sentences) =>
        [.. variants.Select(variant => Median([.. Enumerable.Range(0, sentences).Select(i => Milliseconds(() => variant(i)))]))];

    private static double[] InTurns(Action<int>[] variants, int sentences)
    {
        double[][] times = [.. variants.Select(_ => new double[sentences])];
        for (int i = 0; i < sentences; i++)
        {
            for (int variant = 0; variant < variants.Length; variant++)
            {
                times[variant][i] = Milliseconds(() => variants[variant](i));
            }
        }

        return [.. times.Select(Median)];
    }

    private static float[] RunTexts(InferenceSession session, string text, params string[] outputs)
    {
        using OrtValue value = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, [1, 1]);
        value.StringTensorSetElementAt(text, 0);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [WordPieceGraph.Text], [value], outputs);
        return outputs.Length == 1 ? results[0].GetTensorDataAsSpan<float>().ToArray() : [];
    }

    private static float[] RunTokens(InferenceSession session, PaddedTokens tokens)
    {
        long[] shape = [tokens.Rows, tokens.Length];
        using OrtValue ids = OrtValue.CreateTensorValueFromMemory(tokens.Ids, shape);
        using OrtValue mask = OrtValue.CreateTensorValueFromMemory(tokens.Mask, shape);
        using OrtValue types = OrtValue.CreateTensorValueFromMemory(tokens.TypeIds, shape);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(
            run, ["input_ids", "attention_mask", "token_type_ids"], [ids, mask, types], [FeatureGraph.Features]);
        return results[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static double Milliseconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static void Print(string what, params ReadOnlySpan<(string Name, double Value)> values)
    {
        Console.Write(what);
        foreach ((string name, double value) in values)
        {
            Console.Write(string.Create(CultureInfo.InvariantCulture, $" | {name} {value:0.0000}"));
        }

        Console.WriteLine();
    }
}
