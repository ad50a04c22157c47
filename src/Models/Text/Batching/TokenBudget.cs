namespace MLTransfer.Models.Text.Batching;

/// <summary>How texts are packed into the batches of one graph call.</summary>
internal sealed record TokenBudget
{
    /// <summary>
    /// Most tokens of a batch, padding included: rows × longest row. A single row that is longer makes a batch of its own.
    /// The default value is 512: on a processor a batch whose activations fit its cache is fastest (docs/results.md).
    /// </summary>
    public int Tokens { get; init => field = Positive(value, nameof(Tokens)); } = 512;

    /// <summary>Most rows of a batch. The default value is 128.</summary>
    public int Rows { get; init => field = Positive(value, nameof(Rows)); } = 128;

    /// <summary>
    /// Rows that are held and sorted by length together. More rows mean less padding and more memory; the memory does not grow with the data.
    /// The default value is 2048.
    /// </summary>
    public int Window { get; init => field = Positive(value, nameof(Window)); } = 2048;

    private static int Positive(int value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value, name);
        return value;
    }
}
