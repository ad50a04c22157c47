using System.Globalization;
using System.Text;
using MLTransfer.Models.Text.WordPiece;

namespace MLTransfer.Models.Tests.Text.WordPiece;

public class BertCharacterTableTests
{
    [Fact]
    public void Uncased_EveryCodePoint_IsWhatTheReferenceTokenizerMakesOfIt()
    {
        string file = Repository.Shared("goldens", "tokenization", "minilm-wordpiece", "code-points.tsv");
        var table = BertCharacterTable.For(BertNormalization.Uncased);
        int checkedCodePoints = 0;
        foreach (string line in File.ReadLines(file).Skip(1))
        {
            string[] fields = line.Split('\t');
            string becomes = string.Concat(
                fields[3].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Hexadecimal).Select(char.ConvertFromUtf32));
            for (int codePoint = Hexadecimal(fields[0]); codePoint <= Hexadecimal(fields[1]); codePoint++)
            {
                BertCharacter character = table[codePoint];
                Assert.Equal(fields[2], character.Kind.ToString().ToLowerInvariant());
                Assert.True((character.Replacement ?? "") == becomes, $"{codePoint:X}: expected {fields[3]}, found {character.Replacement}");
                checkedCodePoints++;
            }
        }

        Assert.Equal(0x110000 - 0x800, checkedCodePoints);
    }

    // An independent source for the older characters: the tables of the runtime.
    [Fact]
    public void Uncased_BasicLatinToGreekExtended_AgreesWithTheRuntimesUnicodeTables()
    {
        var table = BertCharacterTable.For(BertNormalization.Uncased);
        foreach (int codePoint in Enumerable.Range(0xA0, 0x250 - 0xA0).Concat(Enumerable.Range(0x1E00, 0x100)))
        {
            var rune = new Rune(codePoint);
            if (Rune.IsLetter(rune))
            {
                string expected = string.Concat(rune.ToString().Normalize(NormalizationForm.FormD)
                    .Where(unit => CharUnicodeInfo.GetUnicodeCategory(unit) != UnicodeCategory.NonSpacingMark)
                    .Select(char.ToLowerInvariant));

                Assert.Equal(expected, table[codePoint].Replacement ?? rune.ToString());
            }
        }
    }

    [Theory]
    [InlineData(0x00C9, null)] // É stays in cased models
    [InlineData(0x0301, null)] // a combining accent too
    [InlineData(0xD55C, null)] // and a Hangul syllable
    public void Cased_AccentsAndCase_AreKept(int codePoint, string? replacement) =>
        Assert.Equal(new BertCharacter(CharacterKind.Regular, replacement), BertCharacterTable.For(BertNormalization.Cased)[codePoint]);

    [Fact]
    public void LowercaseWithAccents_CapitalIWithDot_KeepsTheDot() =>
        Assert.Equal("i\u0307", BertCharacterTable.For(new(Lowercase: true, StripAccents: false))[0x130].Replacement);

    [Fact]
    public void StripAccentsWithoutLowercase_AccentedCapital_StaysACapital() =>
        Assert.Equal("E", BertCharacterTable.For(new(Lowercase: false, StripAccents: true))[0xC9].Replacement);

    [Fact]
    public void IdeographsTogether_Ideograph_IsPartOfAWord() =>
        Assert.Equal(CharacterKind.Regular, BertCharacterTable.For(new(true, true, SplitIdeographs: false))[0x4E2D].Kind);

    private static int Hexadecimal(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
