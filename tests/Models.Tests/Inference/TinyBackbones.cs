using MLTransfer.Models.Catalog;
using MLTransfer.Models.Images;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Tests.Inference;

/// <summary>Backbones in a temporary folder whose features can be computed by hand.</summary>
internal sealed class TinyBackbones : IDisposable
{
    public const int Side = 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-backbones-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>image [rows, 3, 4, 4] → mean of each channel, [rows, 3]; the pixels come as they are.</summary>
    /// <param name="type">Element type of the input.</param>
    /// <param name="rows">The declared number of rows: a name or a number.</param>
    /// <param name="rowsInside">The number of rows in a node; 0: as many as come.</param>
    public Backbone ChannelMeans(DataType type = DataType.Float, object? rows = null, int rowsInside = 0)
    {
        GraphBuilder graph = new("means", 17);
        string image = graph.Input("image", type, rows ?? "n", 3, Side, Side);
        image = graph.Node("Reshape", [image, graph.List(rowsInside, 3, Side * Side)]);
        graph.Output("means", graph.Reduce("ReduceMean", image, [2], keepDims: false), type, rows ?? "n", 3);
        return Save(graph, new BackboneCard
        {
            Name = "means",
            Modality = Modality.Image,
            Image = new ImagePreprocessing { Width = Side, Height = Side, ResizeShorterSide = Side, Mean = [0, 0, 0], Std = [1, 1, 1] },
            Feature = new FeatureTensor { Tensor = "means", Pooling = Pooling.None },
        });
    }

    /// <summary>input_ids, attention_mask [rows, tokens] → [id, 2·id] of each token; features: their mean over the mask.</summary>
    /// <param name="type">Element type of the inputs.</param>
    /// <param name="rows">The declared number of rows.</param>
    /// <param name="tokens">The declared number of tokens; a number stands in a node, too.</param>
    /// <param name="maximumLength">The card's.</param>
    public Backbone TokenMeans(DataType type = DataType.Int64, object? rows = null, object? tokens = null, int maximumLength = 16)
    {
        GraphBuilder graph = new("tokens", 17);
        string ids = graph.Input("input_ids", type, rows ?? "n", tokens ?? "t");
        string mask = graph.Input("attention_mask", type, rows ?? "n", tokens ?? "t");
        if (tokens is int length)
        {
            ids = graph.Node("Reshape", [ids, graph.List(-1, length)]);
        }

        // The mask must be used by the graph itself, as attention does.
        string used = graph.Node("Mul", [graph.Cast(ids, DataType.Float), graph.Cast(mask, DataType.Float)]);
        string hidden = graph.Node("Mul", [graph.Unsqueeze(used, 2), graph.Floats("factors", [2], [1, 2])]);
        graph.Output("hidden", hidden, DataType.Float, rows ?? "n", tokens ?? "t", 2);
        File.WriteAllLines(Path.Combine(_folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c"]);
        return Save(graph, new BackboneCard
        {
            Name = "tokens",
            Modality = Modality.Text,
            Text = new TextPreprocessing
            {
                Tokenizer = new TokenizerOptions { Kind = TokenizerKind.WordPiece, Vocabulary = "vocab.txt" },
                MaximumLength = maximumLength,
            },
            Feature = new FeatureTensor { Tensor = "hidden", Pooling = Pooling.Mean },
        });
    }

    private Backbone Save(GraphBuilder graph, BackboneCard card)
    {
        graph.Build().Save(Path.Combine(_folder, card.Model));
        return new Backbone(card, _folder);
    }
}
