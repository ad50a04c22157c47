using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Runner.Displays;

/// <summary>Warnings, and nothing else.</summary>
internal sealed class QuietDisplay(TextWriter error) : IRunDisplay, IProgress<RunEvent>
{
    /// <inheritdoc/>
    public Task<T> WatchAsync<T>(Func<IProgress<RunEvent>, Task<T>> work) => work(this);

    /// <inheritdoc/>
    public void Report(RunEvent value)
    {
        if (value is RunWarning warning)
            error.WriteLine($"warning: {warning.Message}");
    }
}
