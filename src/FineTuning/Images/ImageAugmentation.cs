using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Images;

/// <summary>
/// How training images are changed from epoch to epoch, in this order: crop, mirror, colours, RandAugment, mixing of the images of a batch. What is
/// measured and predicted stays as it is.
/// </summary>
public sealed record ImageAugmentation : IValidatableObject
{
    /// <summary>Whether every second image is mirrored. The default value is false.</summary>
    public bool Flip { get; init; }

    /// <summary>
    /// The smallest part of an image's area that a random crop keeps; the crop is enlarged to the full size (random resized crop, Szegedy et al. 2015,
    /// arXiv:1409.4842). The default value is 1: no crop.
    /// </summary>
    [Range(0.01, 1.0, ErrorMessage = "must be from 0.01 to 1.")]
    public double SmallestCrop { get; init; } = 1;

    /// <summary>How far brightness, contrast, saturation and hue change. The default value is not at all.</summary>
    public ColorJitterOptions ColorJitter { get; init; } = new();

    /// <summary>RandAugment. The default value is null: off.</summary>
    public RandAugmentOptions? RandAugment { get; init; }

    /// <summary>
    /// Mixup (Zhang et al. 2018, arXiv:1710.09412): each image and its class are averaged with another of the batch, by a share from Beta(α, α); this is
    /// α. The default value is 0: off. Beside cutmix each batch takes one of the two.
    /// </summary>
    [Range(0.0, 4.0, ErrorMessage = "must be from 0 to 4.")]
    public double Mixup { get; init; }

    /// <summary>
    /// Cutmix (Yun et al. 2019, arXiv:1905.04899): a rectangle of each image is replaced by that of another of the batch, and the class by as much; its
    /// share is from Beta(α, α), and this is α. The default value is 0: off.
    /// </summary>
    [Range(0.0, 4.0, ErrorMessage = "must be from 0 to 4.")]
    public double Cutmix { get; init; }

    /// <summary>
    /// How many changed versions of each image there are; the epochs take them in turn. The frozen part of a backbone is then computed once for each of
    /// them, and stored. The default value is 0: another version in each epoch, for which the frozen part is computed anew. Not beside mixup or cutmix.
    /// </summary>
    [Range(0, 1000, ErrorMessage = "must be from 0 to 1000 versions.")]
    public int Views { get; init; }

    /// <summary>Whether single images are changed.</summary>
    internal bool ChangesImages => Flip || SmallestCrop < 1 || ColorJitter.IsOn || RandAugment is not null;

    /// <summary>Whether anything is changed.</summary>
    internal bool IsOn => ChangesImages || Mixup > 0 || Cutmix > 0;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Views > 0 && (Mixup > 0 || Cutmix > 0))
        {
            string mixing = Mixup > 0 ? "mixup" : "cutmix";
            yield return new ValidationResult(
                $"stands beside '{mixing}', which mixes the pixels of other images in each step, so that nothing of them can be stored; leave one of them out.", [nameof(Views)]);
        }
        else if (Views > 0 && !IsOn)
        {
            yield return new ValidationResult("asks for changed versions of each image, and nothing changes them; set 'flip', 'smallestCrop', 'colorJitter' or 'randAugment'.", [nameof(Views)]);
        }
    }
}
