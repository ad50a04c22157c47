using System.Collections.Concurrent;
using MLTransfer.Pipelines.Tasks.Events;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MLTransfer.Runner.Displays;

/// <summary>A bar for each stage, drawn again while it grows, with rate and time left. A stage that is entered again has another bar: what came of the first stays.</summary>
internal sealed class TerminalDisplay(IAnsiConsole console) : IRunDisplay
{
    /// <inheritdoc/>
    public async Task<T> WatchAsync<T>(Func<IProgress<RunEvent>, Task<T>> work)
    {
        T? result = default;
        StateColumn state = new();
        await console.Progress()
            .AutoClear(false)
            .HideCompleted(false)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = 24 },
                state)
            .StartAsync(async context => result = await work(new Bars(console, context, state)).ConfigureAwait(false))
            .ConfigureAwait(false);
        return result!;
    }

    private sealed class Bars(IAnsiConsole console, ProgressContext context, StateColumn state) : IProgress<RunEvent>
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<RunStage, (ProgressTask Task, RateMeter Meter, string Unit)> _stages = [];

        public void Report(RunEvent value)
        {
            lock (_gate)
            {
                switch (value)
                {
                    case StageStarted started:
                        ProgressTask task = context.AddTask(started.Stage.Name(), autoStart: true, maxValue: Math.Max(1, started.Total ?? 1));
                        task.IsIndeterminate = started.Total is null;
                        state.Set(task, started.Detail);
                        _stages[started.Stage] = (task, new RateMeter(TimeProvider.System, started.Total), started.Unit);
                        break;
                    case StageAdvanced advanced when _stages.TryGetValue(advanced.Stage, out var running):
                        running.Meter.Advance(advanced.Done);
                        running.Task.Value = running.Meter.Total is { } total ? Math.Min(advanced.Done, Math.Max(1, total) - 0.001) : 0;
                        state.Set(running.Task, EventText.Advanced(running.Meter, running.Unit, advanced));
                        break;
                    case StageFinished finished when _stages.TryGetValue(finished.Stage, out var ended):
                        ended.Task.IsIndeterminate = false;
                        ended.Task.Value = ended.Task.MaxValue;
                        state.Set(ended.Task, EventText.Finished(finished));
                        break;
                    case RunWarning warning:
                        console.MarkupLineInterpolated($"[yellow]warning:[/] {warning.Message}");
                        break;
                }
            }
        }
    }

    /// <summary>What a stage is doing, right of its bar.</summary>
    private sealed class StateColumn : ProgressColumn
    {
        private readonly ConcurrentDictionary<int, string> _texts = new();

        public void Set(ProgressTask task, string text) => _texts[task.Id] = text;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(_texts.GetValueOrDefault(task.Id, "")) { Overflow = Overflow.Ellipsis, Justification = Justify.Left };
    }
}
