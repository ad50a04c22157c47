using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Adds up the rows of each batch, and tells the running stage of the sum.</summary>
internal sealed class ComputedRows(StageClock clock) : IProgress<int>
{
    private long _done;

    /// <inheritdoc/>
    public void Report(int value) => clock.Advance(_done += value);
}
