namespace MLTransfer.Models.Images;

/// <summary>For each output position of one axis: which input positions it reads, and with which fixed-point weights.</summary>
/// <remarks>
/// The filter's support grows with the reduction, so that the result is antialiased. Weights are computed in double precision, sum to 1, and are rounded to
/// <see cref="PrecisionBits"/> binary digits. This is the arithmetic of PIL's <c>Image.resize</c> on 8-bit images.
/// </remarks>
internal sealed class ResampleWindows
{
    /// <summary>32 bits less 8 for the pixel and 2 for the overshoot of the cubic filter.</summary>
    public const int PrecisionBits = 32 - 8 - 2;

    private readonly int[] _weights;
    private readonly int _stride;

    private ResampleWindows(int[] first, int[] count, int[] weights, int stride)
    {
        First = first;
        Count = count;
        _weights = weights;
        _stride = stride;
    }

    /// <summary>The first input position of each output position.</summary>
    public int[] First { get; }

    /// <summary>How many input positions each output position reads.</summary>
    public int[] Count { get; }

    /// <summary>The weights of an output position, one for each input position that it reads.</summary>
    public ReadOnlySpan<int> Weights(int output) => _weights.AsSpan(output * _stride, Count[output]);

    /// <summary>Computes the windows of the outputs <paramref name="from"/> … <paramref name="from"/> + <paramref name="length"/> − 1.</summary>
    /// <param name="inputSize">Pixels of the axis before.</param>
    /// <param name="outputSize">Pixels of the whole axis after.</param>
    /// <param name="from">The first output position that is needed.</param>
    /// <param name="length">How many output positions are needed.</param>
    /// <param name="interpolation">The filter.</param>
    public static ResampleWindows Create(int inputSize, int outputSize, int from, int length, Interpolation interpolation)
    {
        double scale = (double)inputSize / outputSize;
        double filterScale = Math.Max(scale, 1);
        double support = ResampleFilter.Support(interpolation) * filterScale;
        int stride = ((int)Math.Ceiling(support) * 2) + 1;
        int[] first = new int[length], count = new int[length], weights = new int[length * stride];
        Span<double> exact = stride <= 256 ? stackalloc double[stride] : new double[stride];
        for (int i = 0; i < length; i++)
        {
            double centre = (from + i + 0.5) * scale;
            int begin = Math.Max(0, (int)(centre - support + 0.5));
            int end = Math.Min(inputSize, (int)(centre + support + 0.5));
            double sum = 0;
            for (int x = begin; x < end; x++)
            {
                exact[x - begin] = ResampleFilter.Weight(interpolation, (x - centre + 0.5) / filterScale);
                sum += exact[x - begin];
            }

            first[i] = begin;
            count[i] = end - begin;
            for (int k = 0; k < count[i]; k++)
            {
                double weight = (sum == 0 ? exact[k] : exact[k] / sum) * (1 << PrecisionBits);
                weights[(i * stride) + k] = (int)(weight + (weight < 0 ? -0.5 : 0.5));
            }
        }

        return new ResampleWindows(first, count, weights, stride);
    }
}
