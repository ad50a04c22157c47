namespace MLTransfer.Pipelines.Data.Splitting;

/// <summary>Fisher–Yates with SplitMix64: the same order for a seed on every machine and every version of .NET.</summary>
/// <remarks>SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.</remarks>
internal struct SeededShuffle(int seed)
{
    private ulong _state = (ulong)(uint)seed;

    /// <summary>Puts the items into random order.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = (int)Below((ulong)last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    /// <summary>The next 64 random bits.</summary>
    internal ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    // The high half of a 128-bit product: the bias is below bound / 2^64.
    private ulong Below(ulong bound) => Math.BigMul(Next(), bound, out _);
}
