using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Runner.Displays;

/// <summary>Passes events on to several listeners.</summary>
internal sealed class EventFork(params IReadOnlyList<IProgress<RunEvent>> listeners) : IProgress<RunEvent>
{
    /// <inheritdoc/>
    public void Report(RunEvent value)
    {
        foreach (IProgress<RunEvent> listener in listeners)
            listener.Report(value);
    }
}
