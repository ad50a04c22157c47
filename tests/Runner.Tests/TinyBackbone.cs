using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Runner.Tests;

/// <summary>Backbones of a few nodes, so that a whole run takes a second.</summary>
internal static class TinyBackbone
{
    private static readonly string[] Words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "great", "lovely", "wonderful", "bad", "boring", "terrible", "film", "story", "cast", "number"];

    /// <summary>Writes an image backbone: the means of the three channels, 8 × 8 pixels in.</summary>
    /// <param name="folder">Where the folder is made.</param>
    /// <param name="name">Its name.</param>
    /// <param name="sha256">A hash for the card; null: none.</param>
    /// <param name="isBroken">Whether its features are not numbers for dark pictures.</param>
    public static string WriteImages(TemporaryFolder folder, string name = "tiny-image", string? sha256 = null, bool isBroken = false)
    {
        GraphBuilder graph = new(name, 17);
        string pixels = graph.Input("pixels", TensorProto.Types.DataType.Float, "batch", 3, 8, 8);
        string means = graph.Squeeze(graph.Node("GlobalAveragePool", [pixels]), 2, 3);
        graph.Output("features", isBroken ? graph.Node("Log", [means]) : means, TensorProto.Types.DataType.Float, "batch", 3);
        string path = folder.Write($"{name}/model.onnx", graph.Build().ToBytes());
        string hash = sha256 is null ? "" : $""" "sha256": "{sha256}",""";
        folder.Write($"{name}/card.json", $$"""
            {
              "name": "{{name}}", "modality": "image",{{hash}}
              "image": { "input": "pixels", "width": 8, "height": 8, "resizeShorterSide": 8, "mean": [127, 127, 127], "std": [64, 64, 64] },
              "feature": { "tensor": "features" }
            }
            """);
        return Path.GetDirectoryName(path)!;
    }

    /// <summary>Writes a text backbone: a row of the table for each token.</summary>
    /// <param name="folder">Where the folder is made.</param>
    /// <param name="name">Its name.</param>
    /// <param name="blocks">How many products with a matrix, <c>block0.weight</c> and so on, each with a bias and a hyperbolic tangent, follow on the table.</param>
    /// <param name="seed">The seed of its weights.</param>
    /// <param name="isBroken">Whether its features are no numbers.</param>
    public static string WriteTexts(TemporaryFolder folder, string name = "tiny-text", int blocks = 0, int seed = 5, bool isBroken = false)
    {
        folder.Write($"{name}/vocab.txt", string.Join('\n', Words) + "\n");
        return WriteTexts(folder, name, Words.Length, """ "kind": "word-piece", "vocabulary": "vocab.txt" """, blocks, seed, isBroken);
    }

    /// <summary>Writes a text backbone whose tokenizer, a byte-level BPE, is not part of the graph.</summary>
    public static string WriteBpeTexts(TemporaryFolder folder, string name = "tiny-bpe")
    {
        foreach (string file in (string[])["vocab.json", "merges.txt"])
            folder.Write($"{name}/{file}", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Goldens", "bytelevel-bpe", file)));
        return WriteTexts(folder, name, 2000, """ "kind": "byte-level-bpe", "vocabulary": "vocab.json", "merges": "merges.txt" """);
    }

    private static string WriteTexts(TemporaryFolder folder, string name, int vocabulary, string tokenizer, int blocks = 0, int seed = 5, bool isBroken = false)
    {
        const int Dimension = 8;
        GraphBuilder graph = new(name, 17);
        string ids = graph.Input("input_ids", TensorProto.Types.DataType.Int64, "batch", "sequence");
        graph.Input("attention_mask", TensorProto.Types.DataType.Int64, "batch", "sequence");
        Random random = new(seed);
        string vectors = graph.Node("Gather", [graph.Floats("table", [vocabulary, Dimension], Numbers(vocabulary * Dimension)), ids]);
        for (int i = 0; i < blocks; i++)
        {
            string product = graph.Node("MatMul", [vectors, graph.Floats($"block{i}.weight", [Dimension, Dimension], Numbers(Dimension * Dimension))]);
            vectors = graph.Node("Tanh", [graph.Node("Add", [product, graph.Floats($"block{i}.bias", [Dimension], Numbers(Dimension))])]);
        }

        vectors = isBroken ? graph.Node("Log", [graph.Node("Neg", [graph.Node("Abs", [vectors])])]) : vectors;
        graph.Output("last_hidden_state", vectors, TensorProto.Types.DataType.Float, "batch", "sequence", Dimension);
        string path = folder.Write($"{name}/model.onnx", graph.Build().ToBytes());
        folder.Write($"{name}/card.json", $$"""
            {
              "name": "{{name}}", "modality": "text",
              "text": { "tokenizer": { {{tokenizer}} }, "maximumLength": 32, "inputIds": "input_ids", "attentionMask": "attention_mask" },
              "feature": { "tensor": "last_hidden_state", "pooling": "mean" }
            }
            """);
        return Path.GetDirectoryName(path)!;

        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }
}
