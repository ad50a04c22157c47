namespace MLTransfer.Models.Text.ByteLevel;

/// <summary>The 256 characters that stand for bytes in the vocabularies of byte-level BPE.</summary>
/// <remarks>A. Radford et al., GPT-2 (2019): printable Latin-1 characters stand for themselves, the others follow from U+0100.</remarks>
internal static class ByteLevelAlphabet
{
    /// <summary>The characters, by byte.</summary>
    public static IReadOnlyList<string> Characters { get; } = Make();

    private static string[] Make()
    {
        int next = 0x100;
        return [.. Enumerable.Range(0, 256).Select(value => ((char)(IsPrintable(value) ? value : next++)).ToString())];
    }

    private static bool IsPrintable(int value) => value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE and <= 0xFF;
}
