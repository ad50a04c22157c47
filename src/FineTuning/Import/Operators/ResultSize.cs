namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Bounds of the results whose size follows from numbers in the file: a file of a few bytes must not fill the memory.</summary>
internal static class ResultSize
{
    /// <summary>Elements that a node may make of nothing, e.g. a mask.</summary>
    private const double MostOfNothing = 1 << 28;

    /// <summary>Elements that a node may make of any tensor.</summary>
    private const double Unsuspicious = 1 << 26;

    /// <summary>How many times as large as its input a larger result may be: images that are enlarged 32 times along both axes.</summary>
    private const double MostGrowth = 1024;

    private static double Memory { get; } = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Refuses a result that no network asks for: very large, and made of next to nothing.</summary>
    /// <param name="shape">Shape of the result.</param>
    /// <param name="from">Elements of the tensor that it is made of; 0 where there is none.</param>
    /// <returns><paramref name="shape"/>.</returns>
    /// <exception cref="ImportException">The result is too large.</exception>
    public static long[] Grown(long[] shape, long from)
    {
        double elements = Elements(shape);
        return elements <= (from == 0 ? MostOfNothing : Math.Max(Unsuspicious, MostGrowth * from))
            ? Within(shape, 0.25)
            : throw new ImportException($"the result would have the shape [{string.Join(", ", shape)}] and be made of {from:N0} elements. The file is damaged or its exporter is at fault.");
    }

    /// <summary>Refuses a result that is larger than a share of the memory. The system would end the process, without a word, when the result is filled.</summary>
    /// <exception cref="ImportException">The result is too large.</exception>
    public static long[] Within(long[] shape, double share = 1)
    {
        double bytes = Elements(shape) * sizeof(float);
        return bytes <= Memory * share
            ? shape
            : throw new ImportException($"the result would have the shape [{string.Join(", ", shape)}] and take {bytes / (1 << 30):N1} GiB; the memory has {Memory / (1 << 30):N1} GiB. Use a smaller batch, or export the model again.");
    }

    private static double Elements(long[] shape)
    {
        double count = 1;
        foreach (long size in shape)
        {
            count *= size;
        }

        return count;
    }
}
