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
}
