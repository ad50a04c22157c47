using System.Text.Json.Nodes;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Runner.Displays;

/// <summary>One JSON object a line for each event; progress at most four times a second.</summary>
internal sealed class JsonDisplay(TextWriter output) : IRunDisplay, IProgress<RunEvent>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private RateMeter _meter = new(TimeProvider.System, null);
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
                    _meter = new RateMeter(TimeProvider.System, started.Total);
                    Write("stage-started", started.Stage, new JsonObject
                    {
                        ["total"] = started.Total,
                        ["unit"] = started.Unit,
                        ["detail"] = started.Detail,
                    });
                    break;
                case StageAdvanced advanced:
                    _meter.Advance(advanced.Done);
                    if (advanced.Done == _meter.Total || TimeProvider.System.GetElapsedTime(_written) >= Pause)
                    {
                        _written = TimeProvider.System.GetTimestamp();
                        Write("stage-advanced", advanced.Stage, new JsonObject
                        {
                            ["done"] = advanced.Done,
                            ["total"] = _meter.Total,
                            ["perSecond"] = Rounded(_meter.Rate),
                            ["secondsLeft"] = Rounded(_meter.Left?.TotalSeconds),
                            ["state"] = advanced.State,
                        });
                    }
                    break;
                case StageFinished finished:
                    Write("stage-finished", finished.Stage, new JsonObject
                    {
                        ["seconds"] = Rounded(finished.Elapsed.TotalSeconds),
                        ["done"] = finished.Done,
                        ["summary"] = finished.Summary,
                    });
                    break;
                case RunWarning warning:
                    JsonLines.Write(output, new JsonObject { ["event"] = "warning", ["message"] = warning.Message });
                    break;
                case RunNote note:
                    JsonLines.Write(output, new JsonObject { ["event"] = "note", ["message"] = note.Message });
                    break;
            }
        }
    }

    private void Write(string name, RunStage stage, JsonObject fields)
    {
        fields.Insert(0, "event", name);
        fields.Insert(1, "stage", stage.Name());
        foreach (string missing in fields.Where(static field => field.Value is null).Select(static field => field.Key).ToArray())
            fields.Remove(missing);
        JsonLines.Write(output, fields);
    }

    private static double? Rounded(double? value) => value is { } number ? Math.Round(number, 3) : null;
}
