namespace MLTransfer.Models.Images;

/// <summary>The continuous filters that images are resampled with.</summary>
internal static class ResampleFilter
{
    // Keys, "Cubic convolution interpolation for digital image processing", 1981.
    private const double CubicA = -0.5;

    /// <summary>Half the width of the filter, in pixels of the smaller image.</summary>
    public static double Support(Interpolation interpolation) => interpolation switch
    {
        Interpolation.Bilinear => 1,
        Interpolation.Bicubic => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(interpolation), interpolation, "There is no such filter."),
    };

    /// <summary>The filter's value at a distance from its centre.</summary>
    public static double Weight(Interpolation interpolation, double distance)
    {
        double x = Math.Abs(distance);
        return interpolation switch
        {
            Interpolation.Bilinear => x < 1 ? 1 - x : 0,
            Interpolation.Bicubic when x < 1 => ((((CubicA + 2) * x) - (CubicA + 3)) * x * x) + 1,
            Interpolation.Bicubic when x < 2 => (((((x - 5) * x) + 8) * x) - 4) * CubicA,
            Interpolation.Bicubic => 0,
            _ => throw new ArgumentOutOfRangeException(nameof(interpolation), interpolation, "There is no such filter."),
        };
    }
}
