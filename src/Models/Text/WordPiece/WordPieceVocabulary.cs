namespace MLTransfer.Models.Text.WordPiece;

/// <summary>The tokens of a WordPiece model.</summary>
/// <param name="Tokens">Tokens by id; an empty string where an id has none.</param>
/// <param name="UnknownToken">The token of a word that cannot be put together; one of <paramref name="Tokens"/>.</param>
/// <param name="ContinuingPrefix">What marks a token that goes on with a word.</param>
/// <param name="MaximumWordLength">Longer words, in characters, are unknown.</param>
internal sealed record WordPieceVocabulary(
    IReadOnlyList<string> Tokens,
    string UnknownToken = "[UNK]",
    string ContinuingPrefix = "##",
    int MaximumWordLength = BertWords.DefaultMaximumWordLength)
{
    /// <summary>The id of a token, or null.</summary>
    public int? Find(string token)
    {
        // The last one counts, as in the reference implementation.
        for (int id = Tokens.Count - 1; id >= 0; id--)
        {
            if (Tokens[id] == token)
            {
                return id;
            }
        }

        return null;
    }

    /// <summary>
    /// The pieces that words are put together from: text without the prefix, id, and whether it goes on with a word. Of equal tokens the last one.
    /// </summary>
    public IEnumerable<(string Text, int Id, bool Continues)> Pieces()
    {
        var lastPlace = new Dictionary<string, int>();
        for (int id = 0; id < Tokens.Count; id++)
        {
            lastPlace[Tokens[id]] = id;
        }

        foreach ((string token, int id) in lastPlace)
        {
            bool continues = token.StartsWith(ContinuingPrefix, StringComparison.Ordinal);
            string text = continues ? token[ContinuingPrefix.Length..] : token;
            if (text.Length > 0)
            {
                yield return (text, id, continues);
            }
        }
    }
}
