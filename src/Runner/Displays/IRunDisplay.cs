using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Runner.Displays;

/// <summary>Shows how a run goes on.</summary>
internal interface IRunDisplay
{
    /// <summary>Does work and shows its events until it ends.</summary>
    Task<T> WatchAsync<T>(Func<IProgress<RunEvent>, Task<T>> work);
}
