using System.Buffers;

namespace MLTransfer.Models.Images;

/// <summary>From the bytes of an image file to a backbone's input as torchvision computes it: EXIF orientation, antialiased resize, centre crop, normalisation.</summary>
/// <remarks>Without state between calls; safe for parallel use.</remarks>
internal sealed class ExactImagePreprocessor
{
    private readonly ImagePreprocessing _preprocessing;
    private readonly ChannelNormalization _normalization;

    /// <param name="preprocessing">Sizes, filter and normalisation.</param>
    /// <param name="applyOrientation">Whether the EXIF orientation is applied; torchvision's loaders do not.</param>
    /// <exception cref="Errors.UserException">The preprocessing contradicts itself.</exception>
    public ExactImagePreprocessor(ImagePreprocessing preprocessing, bool applyOrientation = true)
    {
        preprocessing.Validate();
        _preprocessing = preprocessing;
        _normalization = new ChannelNormalization(preprocessing);
        ApplyOrientation = applyOrientation;
    }

    /// <summary>Whether the EXIF orientation is applied.</summary>
    public bool ApplyOrientation { get; }

    /// <summary>Values of one image: 3 · height · width.</summary>
    public int Length => 3 * _preprocessing.Height * _preprocessing.Width;

    /// <summary>Preprocesses one image file.</summary>
    /// <param name="encoded">The bytes of the file.</param>
    /// <param name="name">The path or row, for messages.</param>
    /// <param name="tensor">Receives <see cref="Length"/> values in the backbone's layout and channel order.</param>
    /// <exception cref="ImageDecodeException">The bytes are not a whole image.</exception>
    public void Preprocess(ReadOnlySpan<byte> encoded, string name, Span<float> tensor)
    {
        using DecodedImage image = ImageDecoder.Decode(encoded, name, ApplyOrientation);
        Preprocess(image, tensor);
    }

    /// <summary>Preprocesses one decoded image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="tensor">Receives <see cref="Length"/> values in the backbone's layout and channel order.</param>
    public void Preprocess(DecodedImage image, Span<float> tensor)
    {
        byte[] crop = ArrayPool<byte>.Shared.Rent(_preprocessing.Height * _preprocessing.Width * DecodedImage.BytesPerPixel);
        try
        {
            Span<byte> pixels = crop.AsSpan(0, _preprocessing.Height * _preprocessing.Width * DecodedImage.BytesPerPixel);
            ResizeAndCrop(image, pixels);
            _normalization.Write(pixels, tensor[..Length]);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(crop);
        }
    }

    /// <summary>Resizes and crops one decoded image; the values before normalisation.</summary>
    /// <param name="image">The image.</param>
    /// <param name="rgba">Receives height · width pixels of 4 bytes: red, green, blue, and one without meaning.</param>
    public void ResizeAndCrop(DecodedImage image, Span<byte> rgba)
    {
        (int width, int height) = _preprocessing.ResizedSize(image.Width, image.Height);
        CropWindow crop = CropWindow.Centre(width, height, _preprocessing.Width, _preprocessing.Height);
        AntialiasedResize.Resize(image, width, height, crop, _preprocessing.Interpolation, rgba);
    }
}
