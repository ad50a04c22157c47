using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace MLTransfer.Models.Text.ByteLevel;

/// <summary>The word splitting of byte-level BPE: contractions, runs of letters, of digits, of other characters, each with one space before it.</summary>
/// <remarks>
/// A. Radford et al., GPT-2 (2019). It does what their regular expression does,
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>, on whole characters;
/// .NET's <see cref="System.Text.RegularExpressions.Regex"/> sees UTF-16 units and takes no letter outside the basic plane for a letter.
/// </remarks>
internal sealed class ByteLevelWords : PreTokenizer
{
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private enum CharacterClass
    {
        Space,
        Letter,
        Number,
        Other,
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => Split(text, int.MaxValue);

    /// <summary>The first words of a text, at most <paramref name="limit"/>.</summary>
    public static List<(int Offset, int Length)> Split(ReadOnlySpan<char> text, int limit)
    {
        var words = new List<(int Offset, int Length)>();
        for (int start = 0; start < text.Length && words.Count < limit;)
        {
            int length = WordLength(text[start..]);
            words.Add((start, length));
            start += length;
        }

        return words;
    }

    private static int WordLength(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'')
        {
            foreach (string contraction in Contractions)
            {
                if (text.StartsWith(contraction, StringComparison.Ordinal))
                {
                    return contraction.Length;
                }
            }
        }

        int spaceBefore = text[0] == ' ' && text.Length > 1 ? 1 : 0;
        CharacterClass first = Classify(text[spaceBefore..], out _);
        if (first != CharacterClass.Space)
        {
            return spaceBefore + RunLength(text[spaceBefore..], first);
        }

        // The last space of a run goes to the word behind it, unless nothing follows or it is the only one.
        int spaces = RunLength(text, CharacterClass.Space);
        return spaces == text.Length || spaces == 1 ? spaces : spaces - 1;
    }

    private static int RunLength(ReadOnlySpan<char> text, CharacterClass expected)
    {
        int length = 0;
        while (length < text.Length && Classify(text[length..], out int units) == expected)
        {
            length += units;
        }

        return length;
    }

    private static CharacterClass Classify(ReadOnlySpan<char> text, out int units)
    {
        if (char.IsAscii(text[0]))
        {
            units = 1;
            return char.IsAsciiLetter(text[0]) ? CharacterClass.Letter
                : char.IsAsciiDigit(text[0]) ? CharacterClass.Number
                : char.IsWhiteSpace(text[0]) ? CharacterClass.Space
                : CharacterClass.Other;
        }

        return Rune.DecodeFromUtf16(text, out Rune rune, out units) != OperationStatus.Done ? CharacterClass.Other
            : Rune.IsWhiteSpace(rune) ? CharacterClass.Space
            : Rune.GetUnicodeCategory(rune) switch
            {
                UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or
                    UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterClass.Letter,
                UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Number,
                _ => CharacterClass.Other,
            };
    }
}
