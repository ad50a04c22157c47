using System.Globalization;

namespace MLTransfer.Runner.Displays;

/// <summary>Times and rates as people write them.</summary>
internal static class Duration
{
    /// <summary><c>0.4 s</c>, <c>12 s</c>, <c>3 min 05 s</c>, <c>2 h 07 min</c>.</summary>
    public static string Short(TimeSpan time)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        double seconds = time.TotalSeconds;
        if (seconds < 9.95)
            return string.Create(culture, $"{seconds:0.0} s");
        long whole = (long)Math.Round(seconds);
        return whole switch
        {
            < 60 => string.Create(culture, $"{whole} s"),
            < 3600 => string.Create(culture, $"{whole / 60} min {whole % 60:00} s"),
            _ => string.Create(culture, $"{whole / 3600} h {whole % 3600 / 60:00} min"),
        };
    }

    /// <summary><c>31 rows/s</c>, <c>0.8 rows/s</c>.</summary>
    public static string Rate(double perSecond, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{(perSecond < 9.95 ? perSecond.ToString("0.0", CultureInfo.InvariantCulture) : perSecond.ToString("N0", CultureInfo.InvariantCulture))} {unit}/s");
}
