using System.Buffers;

namespace MLTransfer.Models.Images;

/// <summary>An image in memory: 4 bytes a pixel in the order red, green, blue, alpha; alpha is not multiplied in. Rows follow one another without padding.</summary>
internal sealed class DecodedImage : IDisposable
{
    private byte[]? _pixels;

    public DecodedImage(int width, int height)
    {
        Width = width;
        Height = height;
        _pixels = ArrayPool<byte>.Shared.Rent(checked(width * height * BytesPerPixel));
    }

    public const int BytesPerPixel = 4;

    public int Width { get; }

    public int Height { get; }

    public Span<byte> Pixels
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pixels is null, this);
            return _pixels.AsSpan(0, Width * Height * BytesPerPixel);
        }
    }

    public void Dispose()
    {
        if (_pixels is { } pixels)
        {
            _pixels = null;
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }
}
