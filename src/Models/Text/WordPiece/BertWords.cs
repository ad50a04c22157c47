using System.Buffers;
using System.Text;

namespace MLTransfer.Models.Text.WordPiece;

/// <summary>BERT's normalisation and pre-tokenization: from a text to its words, each with one space behind it.</summary>
/// <remarks>
/// J. Devlin et al., BERT (2019), and the reference implementation's order: clean, set ideographs apart, strip accents, lower case,
/// set punctuation apart.
/// </remarks>
internal sealed class BertWords(BertNormalization options, int maximumWordLength = BertWords.DefaultMaximumWordLength)
{
    /// <summary>Words of more characters than this are unknown in BERT.</summary>
    public const int DefaultMaximumWordLength = 100;

    /// <summary>Stands for a word that is too long: a noncharacter that no vocabulary holds, so the model finds the word unknown.</summary>
    public const char OverlongWord = '\uFFFF';

    // The longest growth: an ideograph of one unit becomes one of two units between two spaces.
    private const int UnitsPerUnit = 4;

    private readonly BertCharacterTable _table = BertCharacterTable.For(options);

    /// <summary>Writes the words of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="limit">Words after which reading stops.</param>
    /// <param name="rented">An array of the shared pool with the words; the caller returns it.</param>
    /// <returns>The UTF-16 units written.</returns>
    public int Write(ReadOnlySpan<char> text, int limit, out char[] rented)
    {
        char[] buffer = rented = ArrayPool<char>.Shared.Rent((text.Length * UnitsPerUnit) + 2);
        int length = 0;
        int words = 0;
        int wordStart = 0;
        int wordCharacters = 0;
        for (int at = 0; at < text.Length && words < limit;)
        {
            int codePoint = text[at++];
            if (char.IsHighSurrogate((char)codePoint) && at < text.Length && char.IsLowSurrogate(text[at]))
            {
                codePoint = char.ConvertToUtf32((char)codePoint, text[at++]);
            }

            BertCharacter character = _table[codePoint];
            switch (character.Kind)
            {
                case CharacterKind.Regular:
                    Put(codePoint, character.Replacement, buffer, ref length, ref wordCharacters);
                    break;
                case CharacterKind.Space:
                    EndWord();
                    break;
                case CharacterKind.Single:
                    EndWord();
                    Put(codePoint, character.Replacement, buffer, ref length, ref wordCharacters);
                    EndWord();
                    break;
            }
        }

        EndWord();
        return length;

        void EndWord()
        {
            if (wordCharacters > maximumWordLength)
            {
                length = wordStart;
                buffer[length++] = OverlongWord;
            }

            if (wordCharacters > 0)
            {
                buffer[length++] = ' ';
                words++;
            }

            wordStart = length;
            wordCharacters = 0;
        }
    }

    private static void Put(int codePoint, string? replacement, char[] buffer, ref int length, ref int characters)
    {
        if (replacement is null)
        {
            length += codePoint < 0x10000
                ? One(buffer, length, (char)codePoint)
                : new Rune(codePoint).EncodeToUtf16(buffer.AsSpan(length));
            characters++;
            return;
        }

        foreach (char unit in replacement)
        {
            buffer[length++] = unit;
            characters += char.IsLowSurrogate(unit) ? 0 : 1;
        }
    }

    private static int One(char[] buffer, int at, char unit)
    {
        buffer[at] = unit;
        return 1;
    }
}
