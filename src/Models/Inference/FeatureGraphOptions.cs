using MLTransfer.Models.Catalog;
using MLTransfer.Models.Images;

namespace MLTransfer.Models.Inference;

/// <summary>What a feature graph computes.</summary>
internal sealed record FeatureGraphOptions
{
    /// <summary>The feature tensor; null: the card's.</summary>
    public FeatureTensor? Feature { get; init; }

    /// <summary>Whether each feature vector is divided by its Euclidean length.</summary>
    public bool Normalize { get; init; }

    /// <summary>What ML.NET's transforms do to an image before the graph; null: the graph takes the backbone's own input (exact preprocessing, or text).</summary>
    public StockImageChain? Chain { get; init; }
}
