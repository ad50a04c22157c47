using System.Diagnostics;

namespace MLTransfer.Pipelines.Tasks.Events;

/// <summary>Reports the beginning, the progress and the end of stages, and keeps the time that each took.</summary>
/// <param name="events">Told of them.</param>
/// <param name="title">What all stages belong to; null: to the run itself.</param>
internal sealed class StageClock(IProgress<RunEvent> events, string? title = null)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Dictionary<RunStage, TimeSpan> _elapsed = [];
    private readonly string _prefix = title is null ? "" : title + ": ";

    private readonly Stopwatch _watch = new();
    private TimeSpan _reported;
    private long? _total;
    private RunStage _stage;
    private string _unit = "";
    private long? _done;

    /// <summary>Time of each stage that ended; a stage that was entered twice has the sum.</summary>
    public IReadOnlyDictionary<RunStage, TimeSpan> Elapsed => _elapsed;

    /// <summary>Begins a stage.</summary>
    public void Start(RunStage stage, long? total, string unit, string detail)
    {
        _stage = stage;
        _unit = unit;
        _done = null;
        _total = total;
        _reported = TimeSpan.Zero;
        _watch.Restart();
        events.Report(new StageStarted(stage, total, unit, _prefix + detail));
    }

    /// <summary>Tells how far the stage is; listeners hear of it at most twenty times a second, and at the end.</summary>
    /// <param name="done">Units done.</param>
    /// <param name="state">What there is to say beside it; null: nothing.</param>
    public void Advance(long done, string? state = null)
    {
        _done = done;
        if (done != _total && _watch.Elapsed - _reported < Pause)
            return;
        _reported = _watch.Elapsed;
        events.Report(new StageAdvanced(_stage, done, state));
    }

    /// <summary>Ends the stage.</summary>
    /// <param name="summary">What came of it.</param>
    /// <param name="done">Units done; null: as many as were told last.</param>
    public void Finish(string summary, long? done = null)
    {
        TimeSpan elapsed = _watch.Elapsed;
        _elapsed[_stage] = _elapsed.GetValueOrDefault(_stage) + elapsed;
        events.Report(new StageFinished(_stage, elapsed, done ?? _done, _unit, _prefix + summary));
    }
}
