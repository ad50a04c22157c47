namespace MLTransfer.FineTuning.Training.Sampling;

/// <summary>Random numbers for one purpose at one place of a training. The same place has the same numbers, also in a resumed training.</summary>
internal static class SeededRandom
{
    /// <summary>A generator for a purpose and a place.</summary>
    /// <param name="seed">The seed of the training.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="place">The epoch, step or row.</param>
    public static Random For(int seed, RandomPurpose purpose, long place) => new(unchecked((int)Mix(seed, purpose, place)));

    /// <summary>A seed for one of Torch's generators.</summary>
    public static long Seed(int seed, RandomPurpose purpose, long place) => (long)(Mix(seed, purpose, place) >> 1);

    // SplitMix64 (Steele, Lea and Flood 2014).
    private static ulong Mix(int seed, RandomPurpose purpose, long place)
    {
        unchecked
        {
            ulong z = ((ulong)(uint)seed << 32) ^ ((ulong)purpose << 56) ^ ((ulong)place * 0x9E3779B97F4A7C15UL) ^ (ulong)place;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
            return z ^ (z >> 31);
        }
    }
}
