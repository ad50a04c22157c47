using System.Globalization;
using MLTransfer.Models.Text.Composition;

namespace MLTransfer.Models.Text.Graph;

/// <summary>
/// Added tokens as numbers: the letters that they are made of are digits. All begin with the same letter, which none has again, so two of them never
/// overlap and each is found by looking behind that letter.
/// </summary>
internal sealed class AddedTokenLetters
{
    /// <summary>Reads the tokens.</summary>
    /// <exception cref="NotSupportedException">The tokens are not of the form that a graph can find.</exception>
    public AddedTokenLetters(IReadOnlyList<AddedToken> tokens)
    {
        foreach (AddedToken token in tokens)
        {
            bool first = token.Content[0] == tokens[0].Content[0] && token.Content.IndexOf(token.Content[0], 1) < 0;
            if (!first || token.TakesSpaceBefore || token.TakesSpaceAfter || token.WholeWord || token.Content.Any(char.IsSurrogate))
            {
                throw new NotSupportedException(
                    $"The added token '{token.Content}' cannot be found by a graph: all must begin with one character that they do not have again, as in [MASK], " +
                    "and take no white space.");
            }
        }

        Letters = tokens.Count == 0 ? "" : tokens[0].Content[0] + string.Concat(
            tokens.SelectMany(token => token.Content).Where(letter => letter != tokens[0].Content[0]).Distinct().Order());
        Width = tokens.Count == 0 ? 0 : tokens.Max(token => token.Content.Length);
        Lengths = [.. tokens.Select(token => token.Content.Length).Distinct().Order()];
        if (Lengths.Count * Math.Pow(Base, Width - 1) > long.MaxValue)
        {
            throw new NotSupportedException(string.Create(
                CultureInfo.InvariantCulture, $"The added tokens have {Letters.Length} different letters and up to {Width} of them; that is too much for a graph."));
        }
    }

    /// <summary>The letters; the first is the one that all tokens begin with. The digit of a letter is its place from 1.</summary>
    public string Letters { get; }

    /// <summary>The number of letters of the longest token.</summary>
    public int Width { get; }

    /// <summary>The different numbers of letters that tokens have, shortest first.</summary>
    public List<int> Lengths { get; }

    /// <summary>Base of the numbers: 0 is no letter, the largest digit any other character.</summary>
    public int Base => Letters.Length + 2;

    /// <summary>Digit of every character that is no letter of an added token.</summary>
    public int OtherDigit => Base - 1;

    /// <summary>The digit of a letter.</summary>
    public int Digit(char letter) => Letters.IndexOf(letter) + 1;

    /// <summary>
    /// What the digit at a place counts in the number of the tokens of one length. The first letter, whose digit is 1, says which length is meant, so
    /// that no number means two tokens.
    /// </summary>
    /// <param name="place">The place, from 0.</param>
    /// <param name="length">Index of the length in <see cref="Lengths"/>.</param>
    public long Weight(int place, int length) =>
        place == 0 ? length * Power(Width - 1)
        : place < Lengths[length] ? Power(place - 1)
        : 0;

    /// <summary>The number of a token.</summary>
    public long Number(string token)
    {
        int length = Lengths.IndexOf(token.Length);
        return token.Select((letter, place) => Digit(letter) * Weight(place, length)).Sum();
    }

    private long Power(int exponent) => (long)Math.Pow(Base, exponent);
}
