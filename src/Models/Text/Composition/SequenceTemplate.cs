namespace MLTransfer.Models.Text.Composition;

/// <summary>Where the special tokens of a single text and of a sentence pair stand.</summary>
internal sealed class SequenceTemplate(IReadOnlyList<TemplatePart> single, IReadOnlyList<TemplatePart> pair)
{
    /// <summary>Texts as they are; the second text has token type 1.</summary>
    public static SequenceTemplate None { get; } = new([TemplatePart.Of(0)], [TemplatePart.Of(0), TemplatePart.Of(1, typeId: 1)]);

    /// <summary>The places of a single text.</summary>
    public IReadOnlyList<TemplatePart> Single { get; } = single;

    /// <summary>The places of a sentence pair.</summary>
    public IReadOnlyList<TemplatePart> Pair { get; } = pair;

    /// <summary>BERT: <c>[CLS] a [SEP]</c>, <c>[CLS] a [SEP] b [SEP]</c>; b and its separator have token type 1.</summary>
    public static SequenceTemplate Bert(int cls, int sep) => new(
        [TemplatePart.Special(cls), TemplatePart.Of(0), TemplatePart.Special(sep)],
        [TemplatePart.Special(cls), TemplatePart.Of(0), TemplatePart.Special(sep), TemplatePart.Of(1, 1), TemplatePart.Special(sep, 1)]);

    /// <summary>RoBERTa: <c>&lt;s&gt; a &lt;/s&gt;</c>, <c>&lt;s&gt; a &lt;/s&gt;&lt;/s&gt; b &lt;/s&gt;</c>; all token types are 0.</summary>
    public static SequenceTemplate Roberta(int cls, int sep) => new(
        [TemplatePart.Special(cls), TemplatePart.Of(0), TemplatePart.Special(sep)],
        [
            TemplatePart.Special(cls), TemplatePart.Of(0), TemplatePart.Special(sep),
            TemplatePart.Special(sep), TemplatePart.Of(1), TemplatePart.Special(sep),
        ]);

    /// <summary>The number of special tokens that a row gets.</summary>
    public int SpecialTokens(bool isPair) => (isPair ? Pair : Single).Sum(part => part.SpecialIds.Count);

    /// <summary>Puts texts and special tokens together.</summary>
    public TokenizedText Build(ReadOnlySpan<int> first, ReadOnlySpan<int> second, bool isPair)
    {
        int[] ids = new int[first.Length + second.Length + SpecialTokens(isPair)];
        int[] types = new int[ids.Length];
        int at = 0;
        foreach (TemplatePart part in isPair ? Pair : Single)
        {
            int start = at;
            if (part.Text is int text)
            {
                ReadOnlySpan<int> tokens = text == 0 ? first : second;
                tokens.CopyTo(ids.AsSpan(at));
                at += tokens.Length;
            }

            foreach (int id in part.SpecialIds)
            {
                ids[at++] = id;
            }

            types.AsSpan(start, at - start).Fill(part.TypeId);
        }

        return new(ids, types);
    }
}
