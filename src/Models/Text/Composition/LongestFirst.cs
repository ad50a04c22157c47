namespace MLTransfer.Models.Text.Composition;

/// <summary>Truncation of a sentence pair, as the Rust tokenizers cut it for the strategy "longest first".</summary>
internal static class LongestFirst
{
    /// <summary>How many tokens of each text stay.</summary>
    /// <param name="first">Tokens of the first text.</param>
    /// <param name="second">Tokens of the second text.</param>
    /// <param name="room">Tokens that both may have together, special tokens left out.</param>
    public static (int First, int Second) Cut(int first, int second, int room)
    {
        if (first + (long)second <= room)
        {
            return (first, second);
        }

        // The shorter text stays whole while it fills less than half; otherwise each gets half, the longer one the odd token.
        int shorter = Math.Min(first, second);
        int longer = shorter > room ? shorter : Math.Max(shorter, room - shorter);
        if (shorter + (long)longer > room)
        {
            shorter = room / 2;
            longer = shorter + (room % 2);
        }

        return first > second ? (longer, shorter) : (shorter, longer);
    }
}
