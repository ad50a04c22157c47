namespace MLTransfer.Pipelines.Evaluation;

/// <summary>Sorts rows into bins of equal width by the confidence of their prediction.</summary>
/// <remarks>Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017: bin m of M is ((m − 1) / M, m / M].</remarks>
internal sealed class ReliabilityBins(int count)
{
    private readonly long[] _rows = new long[count];
    private readonly long[] _right = new long[count];
    private readonly double[] _confidence = new double[count];

    /// <summary>Adds a row.</summary>
    /// <param name="confidence">The highest probability.</param>
    /// <param name="isRight">Whether the class with that probability is the row's.</param>
    public void Add(double confidence, bool isRight)
    {
        int bin = Math.Clamp((int)Math.Ceiling(confidence * count) - 1, 0, count - 1);
        _rows[bin]++;
        _confidence[bin] += confidence;
        if (isRight)
            _right[bin]++;
    }

    public IReadOnlyList<CalibrationBin> Bins() =>
    [
        .. Enumerable.Range(0, count).Select(bin => new CalibrationBin(
            (bin + 1.0) / count,
            _rows[bin],
            _rows[bin] == 0 ? 0 : _confidence[bin] / _rows[bin],
            _rows[bin] == 0 ? 0 : (double)_right[bin] / _rows[bin])),
    ];

    /// <summary>Σ rows of the bin / all rows · |accuracy − confidence|.</summary>
    public double ExpectedCalibrationError()
    {
        long all = _rows.Sum();
        return all == 0 ? 0 : Enumerable.Range(0, count).Sum(bin => Math.Abs(_right[bin] - _confidence[bin])) / all;
    }
}
