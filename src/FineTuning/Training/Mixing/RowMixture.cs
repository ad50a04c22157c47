namespace MLTransfer.FineTuning.Training.Mixing;

/// <summary>How the rows of a batch are mixed, two and two.</summary>
/// <param name="Partners">For each row of the batch, the place in the batch of the row that is mixed into it.</param>
/// <param name="Share">The part of each row, and of its target, that is its own.</param>
internal sealed record RowMixture(int[] Partners, double Share)
{
    /// <summary>The rectangle that comes from the partner; null: all of a row is averaged.</summary>
    public (int Top, int Left, int Height, int Width)? Box { get; init; }
}
