using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Runner.Displays;

/// <summary>Lines that are written once, for files and pipes.</summary>
internal sealed class PlainDisplay(RunnerConsole console, TimeProvider time) : IRunDisplay, IProgress<RunEvent>
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private RateMeter _meter = new(time, null);
    private string _unit = "";
    private long _written;

    /// <inheritdoc/>
    public Task<T> WatchAsync<T>(Func<IProgress<RunEvent>, Task<T>> work) => work(this);

    /// <inheritdoc/>
    public void Report(RunEvent value)
    {
        lock (_gate)
        {
            switch (value)
            {
                case StageStarted started:
                    _meter = new RateMeter(time, started.Total);
                    _unit = started.Unit;
                    _written = time.GetTimestamp();
                    Write(EventText.Line(started.Stage, started.Detail));
                    break;
                case StageAdvanced advanced:
                    _meter.Advance(advanced.Done);
                    if (time.GetElapsedTime(_written) >= Pause && advanced.Done != _meter.Total)
                    {
                        _written = time.GetTimestamp();
                        Write(EventText.Line(advanced.Stage, EventText.Advanced(_meter, _unit, advanced)));
                    }
                    break;
                case StageFinished finished:
                    Write(EventText.Line(finished.Stage, EventText.Finished(finished)));
                    break;
                case RunWarning warning:
                    console.Error.WriteLine($"warning: {warning.Message}");
                    break;
            }
        }
    }

    private void Write(string line)
    {
        console.Output.WriteLine(line);
        console.Output.Flush();
    }
}
