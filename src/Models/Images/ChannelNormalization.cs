namespace MLTransfer.Models.Images;

/// <summary>Writes 8-bit pixels as <c>(value − mean) / std</c> in a backbone's layout and channel order.</summary>
internal sealed class ChannelNormalization
{
    private const int Channels = 3;
    private const int Levels = 256;

    // One table for each channel of the tensor: what each of the 256 levels becomes.
    private readonly float[][] _tables;
    private readonly int[] _sources;
    private readonly TensorLayout _layout;

    public ChannelNormalization(ImagePreprocessing preprocessing)
    {
        _layout = preprocessing.Layout;
        _sources = preprocessing.ChannelOrder == ChannelOrder.Rgb ? [0, 1, 2] : [2, 1, 0];
        _tables = new float[Channels][];
        for (int channel = 0; channel < Channels; channel++)
        {
            _tables[channel] = new float[Levels];
            for (int level = 0; level < Levels; level++)
            {
                _tables[channel][level] = (level - preprocessing.Mean[channel]) / preprocessing.Std[channel];
            }
        }
    }

    /// <summary>Writes one image.</summary>
    /// <param name="rgba">4 bytes a pixel: red, green, blue, and one that is skipped.</param>
    /// <param name="tensor">Receives 3 values a pixel.</param>
    public void Write(ReadOnlySpan<byte> rgba, Span<float> tensor)
    {
        int pixels = rgba.Length / DecodedImage.BytesPerPixel;
        (int step, int plane) = _layout == TensorLayout.Nchw ? (1, pixels) : (Channels, 1);
        for (int channel = 0; channel < Channels; channel++)
        {
            float[] table = _tables[channel];
            int source = _sources[channel];
            int target = channel * plane;
            for (int i = 0; i < pixels; i++, source += DecodedImage.BytesPerPixel, target += step)
            {
                tensor[target] = table[rgba[source]];
            }
        }
    }
}
