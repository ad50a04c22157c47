using MLTransfer.Models.Catalog;
using MLTransfer.Models.Onnx;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Pipelines.Tests.FineTuning;

/// <summary>A text backbone that trains in a second: a vector for each word, then blocks of a matrix, a bias and a hyperbolic tangent, and the mean over the tokens.</summary>
internal static class TinyTextBackbone
{
    private const int Dimension = 16;

    /// <summary>Writes and loads it.</summary>
    /// <param name="folder">Where its folder is made.</param>
    /// <param name="texts">Texts whose words it knows.</param>
    /// <param name="blocks">The number of blocks; their weights are called <c>block0.weight</c> and so on.</param>
    /// <param name="pairs">Whether it tells the two texts of a pair apart: by a vector for each, which is added to those of its words.</param>
    public static Backbone Load(TemporaryFolder folder, IEnumerable<string> texts, int blocks = 2, bool pairs = false)
    {
        string path = Directory.CreateDirectory(folder.PathOf("tiny-text")).FullName;
        string[] words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", .. texts.SelectMany(static text => text.ToLowerInvariant().Split([' ', ',', '.'], StringSplitOptions.RemoveEmptyEntries)).Distinct()];
        File.WriteAllLines(Path.Combine(path, "vocab.txt"), words);
        GraphBuilder graph = new("tiny-text", 17);
        string ids = graph.Input("input_ids", DataType.Int64, "batch", "sequence");
        graph.Input("attention_mask", DataType.Int64, "batch", "sequence");
        Random random = new(5);
        string vectors = graph.Node("Gather", [graph.Floats("table", [words.Length, Dimension], Numbers(words.Length * Dimension, 1)), ids]);
        if (pairs)
        {
            string types = graph.Input("token_type_ids", DataType.Int64, "batch", "sequence");
            vectors = graph.Node("Add", [vectors, graph.Node("Gather", [graph.Floats("types", [2, Dimension], Numbers(2 * Dimension, 1)), types])]);
        }

        for (int i = 0; i < blocks; i++)
        {
            string product = graph.Node("MatMul", [vectors, graph.Floats($"block{i}.weight", [Dimension, Dimension], Numbers(Dimension * Dimension, 0.5))]);
            vectors = graph.Node("Tanh", [graph.Node("Add", [product, graph.Floats($"block{i}.bias", [Dimension], Numbers(Dimension, 0.1))])]);
        }

        graph.Output("last_hidden_state", vectors, DataType.Float, "batch", "sequence", Dimension);
        File.WriteAllBytes(Path.Combine(path, "model.onnx"), graph.Build().ToBytes());
        string typeIds = pairs ? """, "tokenTypeIds": "token_type_ids" """ : "";
        File.WriteAllText(Path.Combine(path, "card.json"), $$"""
            {
              "name": "tiny-text", "modality": "text",
              "text": { "tokenizer": { "kind": "word-piece", "vocabulary": "vocab.txt" }, "maximumLength": 32, "inputIds": "input_ids", "attentionMask": "attention_mask"{{typeIds}} },
              "feature": { "tensor": "last_hidden_state", "pooling": "mean" }
            }
            """);
        return Backbone.Load(path);

        float[] Numbers(int count, double bound) => [.. Enumerable.Range(0, count).Select(_ => (float)(bound * ((random.NextDouble() * 2) - 1)))];
    }
}
