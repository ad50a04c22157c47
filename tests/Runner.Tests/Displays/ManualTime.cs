namespace MLTransfer.Runner.Tests.Displays;

/// <summary>A clock that goes on when it is told to.</summary>
internal sealed class ManualTime : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Wait(double seconds) => _ticks += TimeSpan.FromSeconds(seconds).Ticks;
}
