using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Images;

/// <summary>Random changes of colours in random order, with torchvision's names and formulas (<c>ColorJitter</c>).</summary>
public sealed record ColorJitterOptions
{
    /// <summary>Images are multiplied with a factor between 1 − this (at least 0) and 1 + this. The default value is 0.</summary>
    [Range(0.0, 10.0, ErrorMessage = "must be from 0 to 10.")]
    public double Brightness { get; init; }

    /// <summary>The distance from the image's mean gray is multiplied with such a factor. The default value is 0.</summary>
    [Range(0.0, 10.0, ErrorMessage = "must be from 0 to 10.")]
    public double Contrast { get; init; }

    /// <summary>The distance of each pixel from its gray is multiplied with such a factor. The default value is 0.</summary>
    [Range(0.0, 10.0, ErrorMessage = "must be from 0 to 10.")]
    public double Saturation { get; init; }

    /// <summary>The hue turns by at most this part of the colour circle. The default value is 0.</summary>
    [Range(0.0, 0.5, ErrorMessage = "must be from 0 to 0.5.")]
    public double Hue { get; init; }

    /// <summary>Whether anything is changed.</summary>
    internal bool IsOn => Brightness > 0 || Contrast > 0 || Saturation > 0 || Hue > 0;
}
