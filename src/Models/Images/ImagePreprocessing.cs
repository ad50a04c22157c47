using System.ComponentModel.DataAnnotations;
using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Images;

/// <summary>From a decoded image to the tensor that a backbone reads.</summary>
/// <remarks>
/// The image is resized so that its shorter side is <see cref="ResizeShorterSide"/>, its centre of
/// <see cref="Width"/> × <see cref="Height"/> is cut out, and each channel becomes <c>(value − mean) / std</c> with values from 0 to 255.
/// </remarks>
public sealed record ImagePreprocessing
{
    /// <summary>The graph input that takes the pixels. The default value is the graph's only input.</summary>
    public string? Input { get; init; }

    /// <summary>Width of the crop in pixels. The default value is 224.</summary>
    [Range(1, 16384, ErrorMessage = "must be from 1 to 16,384 pixels.")]
    public int Width { get; init; } = 224;

    /// <summary>Height of the crop in pixels. The default value is 224.</summary>
    [Range(1, 16384, ErrorMessage = "must be from 1 to 16,384 pixels.")]
    public int Height { get; init; } = 224;

    /// <summary>The shorter side after resizing, in pixels. The default value is 256.</summary>
    [Range(1, 16384, ErrorMessage = "must be from 1 to 16,384 pixels.")]
    public int ResizeShorterSide { get; init; } = 256;

    /// <summary>The filter of the resize; always antialiased. The default value is <see cref="Interpolation.Bilinear"/>.</summary>
    public Interpolation Interpolation { get; init; } = Interpolation.Bilinear;

    /// <summary>Order of the colour channels. The default value is <see cref="ChannelOrder.Rgb"/>.</summary>
    public ChannelOrder ChannelOrder { get; init; } = ChannelOrder.Rgb;

    /// <summary>Axes of the tensor. The default value is <see cref="TensorLayout.Nchw"/>.</summary>
    public TensorLayout Layout { get; init; } = TensorLayout.Nchw;

    /// <summary>Mean of each channel in the order of <see cref="ChannelOrder"/>, on the scale 0 to 255. The default value is ImageNet's.</summary>
    [MinLength(3, ErrorMessage = "must be three numbers, one a channel."), MaxLength(3, ErrorMessage = "must be three numbers, one a channel.")]
    public IReadOnlyList<float> Mean { get; init; } = [123.675f, 116.28f, 103.53f];

    /// <summary>Standard deviation of each channel, on the scale 0 to 255. The default value is ImageNet's.</summary>
    [MinLength(3, ErrorMessage = "must be three numbers, one a channel."), MaxLength(3, ErrorMessage = "must be three numbers, one a channel.")]
    public IReadOnlyList<float> Std { get; init; } = [58.395f, 57.12f, 57.375f];

    /// <summary>The size of an image after the resize: torchvision cuts the longer side down to a whole number.</summary>
    internal (int Width, int Height) ResizedSize(int width, int height)
    {
        long shorter = ResizeShorterSide;
        return width <= height
            ? (ResizeShorterSide, (int)(shorter * height / width))
            : ((int)(shorter * width / height), ResizeShorterSide);
    }

    /// <summary>Checks that the values fit together.</summary>
    /// <exception cref="UserException">A value is out of range, or the crop is larger than the resized image.</exception>
    internal void Validate()
    {
        if (Width < 1 || Height < 1)
        {
            throw new UserException($"Image preprocessing: the crop is {Width} × {Height} pixels. Both must be at least 1.");
        }

        if (ResizeShorterSide < Math.Max(Width, Height))
        {
            throw new UserException(
                $"Image preprocessing: the crop of {Width} × {Height} pixels does not fit into an image whose shorter side is {ResizeShorterSide}. " +
                $"Set the shorter side to at least {Math.Max(Width, Height)}.");
        }

        if (Mean.Count != 3 || Std.Count != 3)
        {
            throw new UserException($"Image preprocessing: {Mean.Count} means and {Std.Count} standard deviations. Expected 3 of each, one a channel.");
        }

        if (!Mean.All(float.IsFinite) || !Std.All(value => float.IsFinite(value) && value != 0))
        {
            throw new UserException("Image preprocessing: means and standard deviations must be finite, and no standard deviation zero.");
        }
    }
}
