using MLTransfer.Models.Images;
using MLTransfer.Models.Text;

namespace MLTransfer.Models.Catalog;

/// <summary>How a backbone is found and fed; what is set here wins over its card.</summary>
public sealed record BackboneOptions
{
    /// <summary>What the backbone reads. The default value is null: as the card says, or as the graph's inputs tell.</summary>
    public Modality? Modality { get; init; }

    /// <summary>Preprocessing of images. The default value is null: as the card says, or ImageNet's with the size of the graph's input.</summary>
    public ImagePreprocessing? Image { get; init; }

    /// <summary>Preprocessing of texts. The default value is null: as the card says, or a tokenizer file beside the graph.</summary>
    public TextPreprocessing? Text { get; init; }

    /// <summary>The feature tensor. The default value is null: as the card says, or the graph's first output.</summary>
    public FeatureTensor? Feature { get; init; }

    /// <summary>Whether missing files are downloaded from the card's address. The default value is false.</summary>
    public bool Download { get; init; }

    /// <summary>Whether files without a known SHA-256 may be downloaded and used. The default value is false.</summary>
    public bool AllowUnverified { get; init; }

    /// <summary>Further folders with backbones, searched first. The default value is none.</summary>
    public IReadOnlyList<string> Folders { get; init; } = [];
}
