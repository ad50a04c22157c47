using System.ComponentModel.DataAnnotations;

namespace MLTransfer.Models.Catalog;

/// <summary>Which tensor of the graph is the feature, and how it is pooled.</summary>
public sealed record FeatureTensor
{
    /// <summary>The tensor's name in the ONNX graph; a graph output or any inner tensor.</summary>
    [MinLength(1, ErrorMessage = "must be the name of a tensor of the graph.")]
    public required string Tensor { get; init; }

    /// <summary>How the tensor becomes one vector a row. The default value is <see cref="Pooling.None"/>.</summary>
    public Pooling Pooling { get; init; } = Pooling.None;
}
