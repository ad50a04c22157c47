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
/// The tokenizer inside the graph against the native one and against the backbone's own forward, sentence by sentence: the variants take turns on each
/// sentence, so a busy machine slows all of them alike.
/// </summary>
internal static class WordPieceCommand
{
    private const int LoadTimes = 5;

    public static Command Create()
    {
        Option<int> sentences = new("--sentences") { DefaultValueFactory = _ => 400, Description = "Sentences of sst2's test set." };
        Command command = new("wordpiece", "WordPiece inside the graph: time per sentence, load time, size.") { sentences };
        command.SetAction(result => Run(result.GetValue(sentences)));
        return command;
    }

    private static int Run(int sentences)
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
        Sentences(texts, definition.ToTokenizer(), features, tokenizer, whole);
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

    private static void Sentences(string[] texts, ITextTokenizer native, OnnxModel features, OnnxModel tokenizer, byte[] whole)
    {
        using var backboneSession = new InferenceSession(features.ToBytes());
        using var tokenizerSession = new InferenceSession(tokenizer.ToBytes());
        using var wholeSession = new InferenceSession(whole);
        double[][] times = [.. Enumerable.Range(0, 4).Select(_ => new double[texts.Length])];
        double largest = 0;

        // The first round warms up.
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < texts.Length; i++)
            {
                string text = texts[i];
                PaddedTokens tokens = null!;
                float[] apart = [];
                float[] merged = [];
                times[0][i] = Milliseconds(() => tokens = PaddedTokens.From([native.Encode(text, null, 256)], native.PaddingId));
                times[1][i] = Milliseconds(() => RunTexts(tokenizerSession, text, WordPieceGraph.InputIds, WordPieceGraph.AttentionMask, WordPieceGraph.TokenTypeIds));
                times[2][i] = Milliseconds(() => apart = RunTokens(backboneSession, tokens));
                times[3][i] = Milliseconds(() => merged = RunTexts(wholeSession, text, FeatureGraph.Features));
                largest = Math.Max(largest, apart.Zip(merged).Max(static pair => Math.Abs(pair.First - pair.Second)));
            }
        }

        double[] medians = [.. times.Select(Median)];
        Print($"{texts.Length} sentences, batch 1, median", ("native", medians[0]), ("tokenizer graph", medians[1]), ("backbone", medians[2]), ("merged", medians[3]));
        Print(
            "  ratios",
            ("graph / backbone", medians[1] / medians[2]),
            ("merged / (graph + backbone)", Median([.. times[3].Select((time, i) => time / (times[1][i] + times[2][i]))])),
            ("merged / (native + backbone)", Median([.. times[3].Select((time, i) => time / (times[0][i] + times[2][i]))])));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  largest difference of a feature: {largest:e1}"));
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
