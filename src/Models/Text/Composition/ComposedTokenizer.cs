using System.Runtime.InteropServices;

namespace MLTransfer.Models.Text.Composition;

/// <summary>A tokenizer put together from its parts: added tokens, model, truncation, special tokens.</summary>
internal sealed class ComposedTokenizer(ITokenModel model, AddedTokens addedTokens, SequenceTemplate template, int paddingId) : ITextTokenizer
{
    public int PaddingId { get; } = paddingId;

    /// <summary>Where the special tokens stand.</summary>
    public SequenceTemplate Template { get; } = template;

    public TokenizedText Encode(string text, string? pair = null, int? maximumLength = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool isPair = pair is not null;
        int specialTokens = Template.SpecialTokens(isPair);
        int room = (maximumLength ?? int.MaxValue) - specialTokens;
        if (room < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(maximumLength), maximumLength, $"A row has {specialTokens} special tokens; the maximum length must leave room for them.");
        }

        // Of a pair, the longer text gets the odd token, however long both are: so both are counted to their ends.
        int limit = isPair ? int.MaxValue : room;
        List<int> first = Tokens(text, limit);
        List<int> second = isPair ? Tokens(pair!, limit) : [];
        (int firstCount, int secondCount) = isPair
            ? LongestFirst.Cut(first.Count, second.Count, room)
            : (Math.Min(first.Count, room), 0);
        return Template.Build(
            CollectionsMarshal.AsSpan(first)[..firstCount], CollectionsMarshal.AsSpan(second)[..secondCount], isPair);
    }

    // Stops soon after `limit` tokens.
    private List<int> Tokens(ReadOnlySpan<char> text, int limit)
    {
        var ids = new List<int>();
        for (int start = 0; start < text.Length && ids.Count < limit;)
        {
            (int tokenStart, int tokenEnd) = addedTokens.Find(text, start, out AddedToken? token);
            if (tokenStart > start)
            {
                model.Append(text[start..tokenStart], limit - ids.Count, ids);
            }

            if (token is not null)
            {
                ids.Add(token.Id);
            }

            start = tokenEnd;
        }

        return ids;
    }
}
