using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Images;

/// <summary>How training images are changed from epoch to epoch. With any change the frozen part of a backbone is computed anew in each epoch.</summary>
public sealed record ImageAugmentation
{
    /// <summary>Whether every second image is mirrored. The default value is false.</summary>
    public bool Flip { get; init; }

    /// <summary>
    /// The smallest part of an image's area that a random crop keeps; the crop is enlarged to the full size (random resized crop, Szegedy et al. 2015,
    /// arXiv:1409.4842). The default value is 1: no crop.
    /// </summary>
    [Range(0.01, 1.0, ErrorMessage = "must be from 0.01 to 1.")]
    public double SmallestCrop { get; init; } = 1;

    /// <summary>Whether anything is changed.</summary>
    internal bool IsOn => Flip || SmallestCrop < 1;
}
