using System.Globalization;

namespace MLTransfer.Runner.Displays;

/// <summary>Rate and time left of something that is counted.</summary>
/// <remarks>
/// The rate is that of the last 10 seconds, so that a slow start (a session that warms up, rows that come from the cache) does not spoil the estimate.
/// </remarks>
internal sealed class RateMeter(TimeProvider time, long? total)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Queue<(long Timestamp, long Done)> _samples = new([(time.GetTimestamp(), 0L)]);

    /// <summary>How many units there are to do; null where nobody knows.</summary>
    public long? Total => total;

    /// <summary>Units done.</summary>
    public long Done { get; private set; }

    /// <summary>Units a second; null before the first one.</summary>
    public double? Rate { get; private set; }

    /// <summary>Time until all is done; null where the rate or the total is not known.</summary>
    public TimeSpan? Left => total is { } all && Rate is > 0 ? TimeSpan.FromSeconds(Math.Max(0, all - Done) / Rate.Value) : null;

    /// <summary>Tells how much is done.</summary>
    public void Advance(long done)
    {
        long now = time.GetTimestamp();
        Done = done;
        _samples.Enqueue((now, done));
        while (_samples.Count > 2 && time.GetElapsedTime(_samples.Peek().Timestamp, now) > Window)
            _samples.Dequeue();
        (long start, long before) = _samples.Peek();
        double seconds = time.GetElapsedTime(start, now).TotalSeconds;

        // The first row comes late: a session warms up, a batch is computed whole. What it says of the rest is nonsense.
        bool isTelling = done == total || done >= Math.Clamp((total ?? 0) / 100, 2, 100);
        if (isTelling && seconds > 0 && done > before)
            Rate = (done - before) / seconds;
    }

    /// <summary><c>45 of 200 rows (22 %), 31 rows/s, 5 s left</c>, as far as it is known.</summary>
    public string Describe(string unit)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        string text = total is { } all
            ? string.Create(culture, $"{Done:N0} of {all:N0} {unit} ({(all == 0 ? 1 : (double)Done / all):P0})")
            : string.Create(culture, $"{Done:N0} {unit}");
        if (Rate is { } rate)
            text += ", " + Duration.Rate(rate, unit);
        return Left is { } left && Done < total ? $"{text}, {Duration.Short(left)} left" : text;
    }
}
