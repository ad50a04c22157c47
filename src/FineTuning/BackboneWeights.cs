using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning;

/// <summary>The weights of a backbone, told without loading it.</summary>
internal static class BackboneWeights
{
    /// <summary>Every weight, in the order of the file.</summary>
    /// <param name="model">The graph.</param>
    /// <param name="candidates">The initializers of the backbone's own file; numbers of what was put before and behind it are no weights. Null: all.</param>
    /// <exception cref="ImportException">The graph is not well formed.</exception>
    public static IReadOnlyList<StoredTensor> Of(OnnxModel model, IReadOnlySet<string>? candidates = null) =>
        [.. TrainableRule.Describe(GraphReader.Read(model, null)).Where(tensor => tensor.Role == StoredTensorRole.Weight && candidates?.Contains(tensor.Name) != false)];

    /// <summary>Names of all initializers of a backbone's file.</summary>
    public static IReadOnlySet<string> Stored(Backbone backbone) => OnnxModel.Load(backbone.ModelPath).Parameters.Select(static parameter => parameter.Name).ToHashSet();
}
