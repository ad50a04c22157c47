using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Images;
using MLTransfer.Models.Text;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Pipelines.Configuration;

/// <summary>One input of the model, and how it becomes features: an entry of <c>features</c> in a pipeline. Exactly one of <c>image</c> and <c>text</c> is set.</summary>
internal sealed record FeatureInput : IValidatableObject
{
    /// <summary>The backbone of images where none is named.</summary>
    public const string DefaultImageBackbone = "efficientnet-lite0";

    /// <summary>The backbone of texts where none is named.</summary>
    public const string DefaultTextBackbone = "all-MiniLM-L6-v2";

    /// <summary>The column with paths of images; <c>ImagePath</c> for an image folder.</summary>
    public string? Image { get; init; }

    /// <summary>The column with texts, or a list of columns that are joined with a space.</summary>
    public ColumnNames? Text { get; init; }

    /// <summary>The column (or columns) with the second text of a sentence pair; only together with <c>text</c>.</summary>
    public ColumnNames? Pair { get; init; }

    /// <summary>
    /// A name of the catalog, a folder with a <c>card.json</c>, or an <c>.onnx</c> file. The default value is null: <c>efficientnet-lite0</c> for
    /// images and <c>all-MiniLM-L6-v2</c> for texts, which are part of the repository.
    /// </summary>
    public string? Backbone { get; init; }

    /// <summary>The tensor of the graph that is the feature, also an inner one. The default value is null: the card's.</summary>
    public string? Tensor { get; init; }

    /// <summary>How the tensor becomes one vector a row. The default value is null: the card's.</summary>
    public Pooling? Pooling { get; init; }

    /// <summary>Whether each feature vector is divided by its Euclidean length. The default value is false.</summary>
    public bool Normalize { get; init; }

    /// <summary>
    /// Which pixels the backbone sees, for images. The default value is <c>stock</c>: those that ML.NET's own transforms make, so that the saved model
    /// needs nothing else.
    /// </summary>
    public ImagePreprocessingMode? Preprocessing { get; init; }

    /// <summary>Longest text in tokens, special tokens included, for texts; the rest is cut off. The default value is null: the card's.</summary>
    [Range(4, 65536, ErrorMessage = "must be from 4 to 65536 tokens.")]
    public int? MaximumLength { get; init; }

    /// <summary>Images of one call to ONNX Runtime, for images. The default value is null: 4.</summary>
    [Range(1, 4096, ErrorMessage = "must be from 1 to 4096 images.")]
    public int? BatchSize { get; init; }

    /// <summary>Most tokens of one call to ONNX Runtime, padding included, for texts. The default value is null: 512 on a processor, 8192 elsewhere.</summary>
    [Range(16, 1 << 24, ErrorMessage = "must be from 16 to 16777216 tokens.")]
    public int? BatchTokens { get; init; }

    /// <summary>How an image is fed to a backbone without a card. The default value is null: as the card says, or as the graph's input tells.</summary>
    public ImagePreprocessing? ImageCard { get; init; }

    /// <summary>How a text is fed to a backbone without a card. The default value is null: as the card says, or as the files beside the graph tell.</summary>
    public TextPreprocessing? TextCard { get; init; }

    /// <summary>What the input is.</summary>
    [JsonIgnore]
    public Modality Modality => Image is null ? Modality.Text : Modality.Image;

    /// <summary>The backbone's name or path, the default in place of null.</summary>
    [JsonIgnore]
    public string BackboneName => Backbone ?? (Modality == Modality.Image ? DefaultImageBackbone : DefaultTextBackbone);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Image is null == Text is null)
        {
            yield return Image is null
                ? new ValidationResult("is missing; an entry of features needs 'image' or 'text', with the name of a column.", [nameof(Image)])
                : new ValidationResult("stands beside 'image'; give each input an entry of its own.", [nameof(Text)]);
            yield break;
        }
        string other = Modality == Modality.Image ? "images" : "texts";
        (string Name, bool IsSet)[] wrong = Modality == Modality.Image
            ?
            [
                (nameof(Pair), Pair is not null), (nameof(MaximumLength), MaximumLength is not null),
                (nameof(BatchTokens), BatchTokens is not null), (nameof(TextCard), TextCard is not null),
            ]
            :
            [
                (nameof(Preprocessing), Preprocessing is not null), (nameof(BatchSize), BatchSize is not null), (nameof(ImageCard), ImageCard is not null),
            ];
        foreach ((string name, bool _) in wrong.Where(static field => field.IsSet))
            yield return new ValidationResult($"has no meaning for {other}; take it out.", [name]);
    }
}
