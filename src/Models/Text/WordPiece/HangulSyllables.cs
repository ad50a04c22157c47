namespace MLTransfer.Models.Text.WordPiece;

/// <summary>Canonical decomposition of Hangul syllables. The Unicode Standard, section 3.12.</summary>
internal static class HangulSyllables
{
    private const int First = 0xAC00;
    private const int Count = 11_172;
    private const int Vowels = 21;
    private const int Trailing = 28;

    /// <summary>All syllables.</summary>
    public static IEnumerable<int> All => Enumerable.Range(First, Count);

    /// <summary>Whether a character is a syllable.</summary>
    public static bool Contains(int codePoint) => codePoint is >= First and < First + Count;

    /// <summary>The two or three letters of a syllable.</summary>
    public static int[] Decompose(int syllable)
    {
        int index = syllable - First;
        int leading = 0x1100 + (index / (Vowels * Trailing));
        int vowel = 0x1161 + (index / Trailing % Vowels);
        int trailing = index % Trailing;
        return trailing == 0 ? [leading, vowel] : [leading, vowel, 0x11A7 + trailing];
    }
}
