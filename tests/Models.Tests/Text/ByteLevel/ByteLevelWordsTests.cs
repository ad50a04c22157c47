using System.Text.RegularExpressions;
using CsCheck;
using MLTransfer.Models.Text.ByteLevel;

namespace MLTransfer.Models.Tests.Text.ByteLevel;

public partial class ByteLevelWordsTests
{
    // GPT-2's own pattern. .NET's engine agrees with it in the basic plane.
    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Pattern { get; }

    [Fact]
    public void Split_AnyTextOfTheBasicPlane_AgreesWithThePattern() =>
        Gen.Frequency(
                (6, Gen.Char["ab1'strvemld \n\t.,!éЖ٣中\u00A0\u2028\u0301"]),
                (1, Gen.Char['\u0001', '\uD7FF']))
            .Array[0, 40].Select(units => new string(units)).Sample(
                text =>
                {
                    string[] expected = [.. Pattern.Matches(text).Select(match => match.Value)];
                    string[] found = [.. new ByteLevelWords().PreTokenize(text).Select(word => text.Substring(word.Offset, word.Length))];
                    Assert.Equal(expected, found);
                },
                iter: 5000);

    [Fact]
    public void Split_LettersOutsideTheBasicPlane_AreLetters()
    {
        const string Text = "a\U00020000b"; // an ideograph of two units

        Assert.Equal([(0, Text.Length)], new ByteLevelWords().PreTokenize(Text));
    }
}
