using System.ComponentModel.DataAnnotations;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Caching;

namespace MLTransfer.Pipelines.Features;

/// <summary>How features of texts are extracted.</summary>
public sealed record TextFeatureOptions
{
    /// <summary>The feature tensor, also an inner one, and its pooling. The default value is null: the card's.</summary>
    public FeatureTensor? Feature { get; init; }

    /// <summary>Whether each feature vector is divided by its Euclidean length. The default value is false.</summary>
    public bool Normalize { get; init; }

    /// <summary>Longest text in tokens, special tokens included; the rest is cut off. The default value is null: the card's.</summary>
    [Range(4, 65536)]
    public int? MaximumLength { get; init; }

    /// <summary>Most tokens of one call to ONNX Runtime, padding included. The default value is null: 512 on a processor, where a batch then fits its cache, and 8192 elsewhere.</summary>
    [Range(16, 1 << 24)]
    public int? BatchTokens { get; init; }

    /// <summary>How ONNX Runtime runs the backbone.</summary>
    public InferenceOptions Inference { get; init; } = new();

    /// <summary>Where features are kept from one run to the next. The default value is null: nothing is kept.</summary>
    public FeatureCacheOptions? Cache { get; init; }
}
