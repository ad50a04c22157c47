namespace MLTransfer.Models.Text;

/// <summary>Turns texts into token ids. Implementations are safe to share between threads.</summary>
public interface ITextTokenizer
{
    /// <summary>The id that fills a row up to the length of its batch.</summary>
    int PaddingId { get; }

    /// <summary>Encodes a text, or a sentence pair, with its special tokens.</summary>
    /// <param name="text">The text; may be empty.</param>
    /// <param name="pair">The second text of a pair, or null for a single text. An empty string is a pair with an empty second text.</param>
    /// <param name="maximumLength">Longest result in tokens, special tokens included: cut on the right, pairs longest first. Null: not cut.</param>
    TokenizedText Encode(string text, string? pair = null, int? maximumLength = null);
}
