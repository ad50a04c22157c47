using System.ComponentModel.DataAnnotations;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Images;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Caching;

namespace MLTransfer.Pipelines.Features;

/// <summary>How features of images are extracted.</summary>
public sealed record ImageFeatureOptions
{
    /// <summary>The feature tensor, also an inner one, and its pooling. The default value is null: the card's.</summary>
    public FeatureTensor? Feature { get; init; }

    /// <summary>Whether each feature vector is divided by its Euclidean length. The default value is false.</summary>
    public bool Normalize { get; init; }

    /// <summary>Which pixels the backbone sees. The default value is <see cref="ImagePreprocessingMode.Stock"/>.</summary>
    public ImagePreprocessingMode Preprocessing { get; init; } = ImagePreprocessingMode.Stock;

    /// <summary>What ML.NET's transforms do to an image in stock mode. The default value is null: chosen from the backbone's preprocessing.</summary>
    public StockImageChain? Chain { get; init; }

    /// <summary>Folder that relative paths are relative to. The default value is null: the current folder.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Images of one call to ONNX Runtime. The default value is 4: on a processor more gain nothing, a GPU wants 32 or more.</summary>
    [Range(1, 4096)]
    public int BatchSize { get; init; } = 4;

    /// <summary>How ONNX Runtime runs the backbone.</summary>
    public InferenceOptions Inference { get; init; } = new();

    /// <summary>Where features are kept from one run to the next. The default value is null: nothing is kept.</summary>
    public FeatureCacheOptions? Cache { get; init; }
}
