namespace MLTransfer.FineTuning.Training.Sampling;

/// <summary>The batches of an epoch: rows in random order, those of similar length together. A pure function of seed and epoch.</summary>
internal static class EpochBatches
{
    /// <summary>Makes the batches.</summary>
    /// <param name="lengths">Tokens of each row; all the same where rows have no length.</param>
    /// <param name="batchSize">Rows of a batch; the last one may have fewer.</param>
    /// <param name="sortedTogether">How many batches are sorted by length together.</param>
    /// <param name="rowWeights">How often a row is drawn, relative to the others, with replacement; null: each row once.</param>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    public static IReadOnlyList<int[]> Of(ReadOnlySpan<int> lengths, int batchSize, int sortedTogether, IReadOnlyList<float>? rowWeights, int seed, int epoch)
    {
        Random random = SeededRandom.For(seed, RandomPurpose.Order, epoch);
        int[] order = rowWeights is null ? Shuffled(lengths.Length, random) : Drawn(rowWeights, random);
        int[] keys = new int[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            keys[i] = lengths[order[i]];
        }

        List<int[]> batches = [];
        long window = (long)batchSize * sortedTogether;
        for (int start = 0, count; start < order.Length; start += count)
        {
            count = (int)Math.Min(window, order.Length - start);
            SortByLength(order.AsSpan(start, count), keys.AsSpan(start, count));
            for (int at = start; at < start + count; at += batchSize)
            {
                batches.Add(order[at..Math.Min(at + batchSize, start + count)]);
            }
        }

        // An incomplete batch stays at the end, where schedules make its step small.
        int[]? rest = batches.Count > 1 && batches[^1].Length < batchSize ? batches[^1] : null;
        int full = rest is null ? batches.Count : batches.Count - 1;
        int[][] shuffled = [.. batches.Take(full)];
        random.Shuffle(shuffled);
        return rest is null ? shuffled : [.. shuffled, rest];
    }

    /// <summary>Batches in the order of length, for measuring: each row once.</summary>
    public static IReadOnlyList<int[]> ByLength(ReadOnlySpan<int> lengths, int batchSize)
    {
        int[] order = [.. Enumerable.Range(0, lengths.Length)];
        SortByLength(order, lengths.ToArray());
        return [.. order.Chunk(batchSize)];
    }

    // Stable, so that rows without a length stay in their random order.
    private static void SortByLength(Span<int> rows, Span<int> lengths)
    {
        long[] keys = new long[rows.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = ((long)lengths[i] << 32) | (uint)i;
        }

        keys.AsSpan().Sort(rows);
    }

    private static int[] Shuffled(int count, Random random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle(order);
        return order;
    }

    private static int[] Drawn(IReadOnlyList<float> weights, Random random)
    {
        double[] sums = new double[weights.Count];
        double sum = 0;
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = sum += weights[i];
        }

        int[] order = new int[sums.Length];
        for (int i = 0; i < order.Length; i++)
        {
            int at = Array.BinarySearch(sums, random.NextDouble() * sum);
            order[i] = Math.Min(at >= 0 ? at + 1 : ~at, sums.Length - 1);
        }

        return order;
    }
}
