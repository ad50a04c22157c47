namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Axes as nodes give them: negative ones count from the end.</summary>
internal static class Axes
{
    /// <summary>The axis counted from the start.</summary>
    /// <exception cref="ImportException">The axis is outside the rank.</exception>
    public static int Normalize(long axis, long rank) =>
        axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis) : throw new ImportException($"axis {axis} is outside a tensor of rank {rank}");

    public static long[] Normalize(IEnumerable<long> axes, long rank)
    {
        long[] result = [.. axes.Select(axis => (long)Normalize(axis, rank))];
        return result.Distinct().Count() == result.Length ? result : throw new ImportException($"an axis is given twice: {string.Join(", ", result)}");
    }
}
