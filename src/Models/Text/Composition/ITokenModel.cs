namespace MLTransfer.Models.Text.Composition;

/// <summary>The part of a tokenizer that turns plain text, without special tokens, into ids. Safe to share between threads.</summary>
internal interface ITokenModel
{
    /// <summary>Appends the ids of a piece of text.</summary>
    /// <param name="text">The text between two added tokens; not empty.</param>
    /// <param name="limit">Ids that the caller will use; the model may stop after as many, or give more.</param>
    /// <param name="ids">Where the ids go.</param>
    void Append(ReadOnlySpan<char> text, int limit, List<int> ids);
}
