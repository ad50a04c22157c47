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
        if (Math.Pow(Base, Width) > long.MaxValue)
        {
            throw new NotSupportedException(string.Create(
                CultureInfo.InvariantCulture, $"The added tokens have {Letters.Length} different letters and up to {Width} of them; that is too much for a graph."));
        }
    }

    /// <summary>The letters; the first is the one that all tokens begin with. The digit of a letter is its place from 1.</summary>
    public string Letters { get; }

    /// <summary>The number of letters of the longest token.</summary>
    public int Width { get; }

    /// <summary>Base of the numbers: 0 is no letter, the largest digit any other character.</summary>
    public int Base => Letters.Length + 2;

    /// <summary>Digit of every character that is no letter of an added token.</summary>
    public int OtherDigit => Base - 1;

    /// <summary>The digit of a letter.</summary>
    public int Digit(char letter) => Letters.IndexOf(letter) + 1;
}
