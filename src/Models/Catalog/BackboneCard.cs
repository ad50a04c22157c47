using System.ComponentModel.DataAnnotations;
using MLTransfer.Models.Images;
using MLTransfer.Models.Text;

namespace MLTransfer.Models.Catalog;

/// <summary>What is known of a backbone beside its graph: how to feed it, which tensor is the feature, where it comes from.</summary>
public sealed record BackboneCard
{
    /// <summary>The name under which the catalog finds the backbone, for example <c>efficientnet-lite0</c>.</summary>
    [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]*$", ErrorMessage = "must be letters, digits, dots, dashes and underscores.")]
    public required string Name { get; init; }

    /// <summary>One sentence for a list of backbones.</summary>
    public string? Description { get; init; }

    /// <summary>What the backbone reads.</summary>
    public required Modality Modality { get; init; }

    /// <summary>The ONNX file, relative to the card. The default value is <c>model.onnx</c>.</summary>
    public string Model { get; init; } = "model.onnx";

    /// <summary>Where the weights come from: project, paper, converter.</summary>
    public string? Source { get; init; }

    /// <summary>SPDX identifier of the weights' licence.</summary>
    public string? License { get; init; }

    /// <summary>HTTPS address of the ONNX file; null where the user exports it.</summary>
    public Uri? Address { get; init; }

    /// <summary>SHA-256 of the ONNX file in lower-case hexadecimal; null where nobody has verified one.</summary>
    [RegularExpression("^[0-9a-f]{64}$", ErrorMessage = "must be 64 lower-case hexadecimal digits (SHA-256).")]
    public string? Sha256 { get; init; }

    /// <summary>Further files that the backbone needs: vocabulary, merges, external weights. The default value is none.</summary>
    public IReadOnlyList<CardDownload> Files { get; init; } = [];

    /// <summary>Preprocessing of an image backbone.</summary>
    public ImagePreprocessing? Image { get; init; }

    /// <summary>Preprocessing of a text backbone.</summary>
    public TextPreprocessing? Text { get; init; }

    /// <summary>The feature tensor.</summary>
    public required FeatureTensor Feature { get; init; }
}
