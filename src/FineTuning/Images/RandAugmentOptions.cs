using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Images;

/// <summary>RandAugment (Cubuk et al. 2020, arXiv:1909.13719): operations on pixels, drawn for each image, all of one strength.</summary>
public sealed record RandAugmentOptions
{
    /// <summary>Operations of an image: the paper's N. The default value is 2.</summary>
    [Range(1, 14, ErrorMessage = "must be from 1 to 14.")]
    public int Operations { get; init; } = 2;

    /// <summary>Their strength: the paper's M. The default value is 9.</summary>
    [Range(0, 30, ErrorMessage = "must be from 0 to 30.")]
    public int Magnitude { get; init; } = 9;
}
