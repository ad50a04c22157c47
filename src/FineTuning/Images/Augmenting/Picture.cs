namespace MLTransfer.FineTuning.Images.Augmenting;

/// <summary>An image whose pixels are changed: planes of red, green and blue, row by row, from 0 to 255. Rounded only at the end.</summary>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
internal sealed record Picture(int Height, int Width)
{
    /// <summary>The largest value of a pixel.</summary>
    public const float White = 255;

    /// <summary>[3, height, width].</summary>
    public float[] Values { get; private set; } = new float[3 * Height * Width];

    /// <summary>Pixels of a plane.</summary>
    public int Count => Height * Width;

    /// <summary>A picture of bytes.</summary>
    /// <param name="bytes">[3, height, width].</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    public static Picture Of(ReadOnlySpan<byte> bytes, int height, int width)
    {
        Picture picture = new(height, width);
        for (int i = 0; i < bytes.Length; i++)
        {
            picture.Values[i] = bytes[i];
        }

        return picture;
    }

    /// <summary>Rounds to bytes.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)MathF.Round(Math.Clamp(Values[i], 0, White));
        }
    }

    /// <summary>One of the three planes.</summary>
    public Span<float> Plane(int channel) => Values.AsSpan(channel * Count, Count);

    /// <summary>Takes the pixels that an operation made anew.</summary>
    public void Replace(float[] values) => Values = values;
}
