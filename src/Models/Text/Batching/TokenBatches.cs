namespace MLTransfer.Models.Text.Batching;

/// <summary>
/// Batches of rows of different lengths: rows are sorted by length within a bounded window and packed so that no batch exceeds a token budget.
/// Results come back in the order of the rows.
/// </summary>
internal static class TokenBatches
{
    /// <summary>Packs the rows of one window.</summary>
    /// <param name="lengths">Tokens of each row.</param>
    /// <param name="budget">The limits of a batch.</param>
    /// <returns>Batches of row numbers. Longest rows first: a call that does not fit in memory then fails at once and not after an hour.</returns>
    public static IReadOnlyList<int[]> Pack(ReadOnlySpan<int> lengths, TokenBudget budget)
    {
        int[] order = new int[lengths.Length];
        int[] descending = new int[lengths.Length];
        for (int row = 0; row < order.Length; row++)
        {
            order[row] = row;
            descending[row] = -lengths[row];
        }

        Array.Sort(descending, order);
        var batches = new List<int[]>();
        for (int start = 0; start < order.Length;)
        {
            // The first row of a batch is its longest, so it alone decides how many rows fit.
            int longest = Math.Max(1, -descending[start]);
            int rows = Math.Min(Math.Clamp(budget.Tokens / longest, 1, budget.Rows), order.Length - start);
            batches.Add(order.AsSpan(start, rows).ToArray());
            start += rows;
        }

        return batches;
    }

    /// <summary>Runs a function over batches of rows and returns one result for each row, in the order of the rows.</summary>
    /// <param name="rows">The rows; read lazily, one window at a time.</param>
    /// <param name="length">Tokens of a row.</param>
    /// <param name="budget">The limits of a batch and the size of the window.</param>
    /// <param name="run">From the rows of a batch to their results, one for each row and in the same order.</param>
    /// <exception cref="InvalidOperationException"><paramref name="run"/> returned another number of results than it was given rows.</exception>
    public static IEnumerable<TResult> Run<TRow, TResult>(
        IEnumerable<TRow> rows, Func<TRow, int> length, TokenBudget budget, Func<IReadOnlyList<TRow>, IReadOnlyList<TResult>> run)
    {
        foreach (TRow[] window in rows.Chunk(budget.Window))
        {
            var results = new TResult[window.Length];
            foreach (int[] batch in Pack(Array.ConvertAll(window, row => length(row)), budget))
            {
                IReadOnlyList<TResult> batchResults = run(Array.ConvertAll(batch, row => window[row]));
                if (batchResults.Count != batch.Length)
                {
                    throw new InvalidOperationException($"A batch of {batch.Length} rows gave {batchResults.Count} results.");
                }

                for (int i = 0; i < batch.Length; i++)
                {
                    results[batch[i]] = batchResults[i];
                }
            }

            foreach (TResult result in results)
            {
                yield return result;
            }
        }
    }
}
