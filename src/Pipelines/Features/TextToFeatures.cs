using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text.Graph;

namespace MLTransfer.Pipelines.Features;

/// <summary>The graph of a saved text model: tokenizer, backbone and pooling in one, with the names of ML.NET's columns.</summary>
internal static class TextToFeatures
{
    /// <summary>Builds the graph.</summary>
    /// <param name="graph">From token ids to features.</param>
    /// <param name="inputColumns">The text column, or the two of a sentence pair.</param>
    /// <param name="outputColumn">The feature column.</param>
    /// <param name="dimension">Length of a feature vector.</param>
    /// <exception cref="Models.Errors.UserException">The tokenizer, or the version of the backbone's operators, does not allow it.</exception>
    public static OnnxModel Build(FeatureGraph graph, string[] inputColumns, string outputColumn, int dimension)
    {
        OnnxModel model = TextGraph.Build(graph.Model, graph.Backbone.Card.Text!, graph.Backbone.Directory, isPair: inputColumns.Length > 1);
        Dictionary<string, string> names = new() { [WordPieceGraph.Text] = inputColumns[0], [FeatureGraph.Features] = outputColumn };
        if (inputColumns.Length > 1)
        {
            names[WordPieceGraph.Pair] = inputColumns[1];
        }

        return new SavedFeatures { Inputs = inputColumns, Output = outputColumn }.AddTo(FeatureGraph.WithColumns(model, names, dimension));
    }
}
