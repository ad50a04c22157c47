using System.Buffers;
using System.Globalization;
using System.Text;

namespace MLTransfer.Models.Text.Composition;

/// <summary>Cuts a text at its added tokens: leftmost first, longest of those that start at the same place.</summary>
internal sealed class AddedTokens
{
    private readonly AddedToken[] _longestFirst;
    private readonly SearchValues<char> _firstCharacters;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _longestFirst = [.. tokens.Where(token => token.Content.Length > 0).OrderByDescending(token => token.Content.Length)];
        _firstCharacters = SearchValues.Create([.. _longestFirst.Select(token => token.Content[0]).Distinct()]);
    }

    /// <summary>Finds the first added token at or after a position.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="start">Where to begin, in UTF-16 units.</param>
    /// <param name="token">The token found, or null.</param>
    /// <returns>The range of the text that the token takes, white space of a stripping token included.</returns>
    public (int Start, int End) Find(ReadOnlySpan<char> text, int start, out AddedToken? token)
    {
        for (int at = start; at < text.Length; at++)
        {
            int skipped = text[at..].IndexOfAny(_firstCharacters);
            if (skipped < 0)
            {
                break;
            }

            at += skipped;
            foreach (AddedToken candidate in _longestFirst)
            {
                if (!text[at..].StartsWith(candidate.Content, StringComparison.Ordinal))
                {
                    continue;
                }

                int end = at + candidate.Content.Length;
                if (candidate.WholeWord && (EndsWithWordCharacter(text[..at]) || StartsWithWordCharacter(text[end..])))
                {
                    // As in the reference implementation, a match inside a word hides every other that begins in it.
                    at = end - 1;
                    break;
                }

                token = candidate;
                int from = candidate.TakesSpaceBefore ? start + text[start..at].TrimEnd().Length : at;
                int to = candidate.TakesSpaceAfter ? text.Length - text[end..].TrimStart().Length : end;
                return (from, to);
            }
        }

        token = null;
        return (text.Length, text.Length);
    }

    private static bool EndsWithWordCharacter(ReadOnlySpan<char> text) =>
        Rune.DecodeLastFromUtf16(text, out Rune last, out _) == OperationStatus.Done && IsWordCharacter(last);

    private static bool StartsWithWordCharacter(ReadOnlySpan<char> text) =>
        Rune.DecodeFromUtf16(text, out Rune first, out _) == OperationStatus.Done && IsWordCharacter(first);

    private static bool IsWordCharacter(Rune rune) =>
        Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark or
            UnicodeCategory.ConnectorPunctuation;
}
