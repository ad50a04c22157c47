namespace MLTransfer.Models.Images;

/// <summary>The antialiased reduction of one axis by a whole number, as a filter that moves in steps.</summary>
/// <remarks>The weights are those that <see cref="ResampleWindows"/> gives for the same reduction, without its fixed-point rounding.</remarks>
internal sealed record ReductionFilter
{
    private ReductionFilter(float[] weights, int begin, int padBegin, int padEnd, int end, float[] gains)
    {
        Weights = weights;
        Begin = begin;
        PadBegin = padBegin;
        PadEnd = padEnd;
        End = end;
        Gains = gains;
    }

    /// <summary>Weights of the filter; they sum to 1.</summary>
    public float[] Weights { get; }

    /// <summary>The first input position that is read.</summary>
    public int Begin { get; }

    /// <summary>One behind the last input position that is read.</summary>
    public int End { get; }

    /// <summary>Zeros to put before the positions that are read.</summary>
    public int PadBegin { get; }

    /// <summary>Zeros to put behind them.</summary>
    public int PadEnd { get; }

    /// <summary>What each output must be multiplied with, because part of its filter lay outside the image.</summary>
    public float[] Gains { get; }

    /// <summary>Computes the filter that reduces an axis and keeps its centre.</summary>
    /// <param name="inputSize">Pixels of the axis; a multiple of <paramref name="reduction"/>.</param>
    /// <param name="reduction">The whole number by which it is reduced.</param>
    /// <param name="outputSize">Pixels that are kept after the reduction.</param>
    /// <param name="interpolation">The filter.</param>
    public static ReductionFilter Create(int inputSize, int reduction, int outputSize, Interpolation interpolation)
    {
        double support = ResampleFilter.Support(interpolation) * reduction;
        int first = CropWindow.CentreStart(inputSize / reduction, outputSize);
        double centre = (first + 0.5) * reduction;
        int start = (int)Math.Ceiling(centre - support - 0.5);
        int stop = (int)Math.Ceiling(centre + support - 0.5);
        double Weight(int position) => ResampleFilter.Weight(interpolation, (position + 0.5 - centre) / reduction);

        // Positions at the filter's zeros are not worth reading.
        while (Weight(start) == 0)
        {
            start++;
        }

        while (Weight(stop - 1) == 0)
        {
            stop--;
        }

        double[] exact = [.. Enumerable.Range(start, stop - start).Select(Weight)];

        double sum = exact.Sum();
        int last = stop + ((outputSize - 1) * reduction);
        float[] gains = new float[outputSize];
        for (int i = 0; i < outputSize; i++)
        {
            double inside = 0;
            for (int k = 0; k < exact.Length; k++)
            {
                int position = start + (i * reduction) + k;
                inside += position >= 0 && position < inputSize ? exact[k] : 0;
            }

            gains[i] = (float)(sum / inside);
        }

        return new ReductionFilter(
            [.. exact.Select(weight => (float)(weight / sum))],
            Math.Max(start, 0),
            Math.Max(-start, 0),
            Math.Max(last - inputSize, 0),
            Math.Min(last, inputSize),
            gains);
    }
}
