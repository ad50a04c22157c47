using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.Batching;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Texts;

/// <summary>Tokenised texts as the inputs of a backbone: ids, attention mask and token types, each <c>[rows, tokens]</c>, int64.</summary>
internal sealed class TextInputs : ITrainingInputs
{
    private readonly TokenizedText[] _rows;
    private readonly int[] _lengths;
    private readonly int _paddingId;
    private readonly TextPreprocessing _text;
    private readonly string[] _maskNames;

    /// <param name="rows">The rows.</param>
    /// <param name="paddingId">The token that fills a row up.</param>
    /// <param name="text">The names of the inputs.</param>
    /// <param name="maskNames">Names under which the mask is read, beside that of <paramref name="text"/>.</param>
    public TextInputs(TokenizedText[] rows, int paddingId, TextPreprocessing text, params string[] maskNames)
    {
        _rows = rows;
        _lengths = Array.ConvertAll(rows, static row => Math.Max(1, row.Ids.Length));
        _paddingId = paddingId;
        _text = text;
        _maskNames = text.AttentionMask is { } mask ? [mask, .. maskNames] : maskNames;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<int> Lengths => _lengths;

    /// <summary>Whether the rows are sentence pairs.</summary>
    public bool ArePairs { get; private init; }

    /// <summary>Texts as the inputs of a feature graph.</summary>
    /// <param name="graph">The graph; its backbone reads texts.</param>
    /// <param name="texts">The texts, or sentence pairs.</param>
    /// <exception cref="Models.Errors.UserException">The tokenizer cannot be read, or the backbone reads no texts.</exception>
    public static TextInputs For(FeatureGraph graph, IReadOnlyList<(string Text, string? Pair)> texts)
    {
        Backbone backbone = graph.Backbone;
        TextPreprocessing text = backbone.Card.Text
            ?? throw new Models.Errors.UserException($"Backbone '{backbone.Card.Name}' does not read texts: its card has no field 'text'.");
        ITextTokenizer tokenizer = TextTokenizers.Create(text.Tokenizer, backbone.Directory);
        return new TextInputs(Tokenize(texts, tokenizer, text.MaximumLength), tokenizer.PaddingId, text, PoolingGraph.MaskName) { ArePairs = texts.Any(static text => text.Pair is not null) };
    }

    /// <summary>Tokenises texts, or sentence pairs, in parallel.</summary>
    public static TokenizedText[] Tokenize(IReadOnlyList<(string Text, string? Pair)> texts, ITextTokenizer tokenizer, int? maximumLength)
    {
        TokenizedText[] rows = new TokenizedText[texts.Count];
        Parallel.For(0, rows.Length, i => rows[i] = tokenizer.Encode(texts[i].Text, texts[i].Pair, maximumLength));
        return rows;
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch)
    {
        TokenizedText[] batch = new TokenizedText[rows.Length];
        for (int i = 0; i < batch.Length; i++)
        {
            batch[i] = _rows[rows[i]];
        }

        PaddedTokens padded = PaddedTokens.From(batch, _paddingId);
        long[] shape = [padded.Rows, padded.Length];
        Dictionary<string, Tensor> inputs = new() { [_text.InputIds] = tensor(padded.Ids, shape) };
        Tensor mask = tensor(padded.Mask, shape);
        foreach (string name in _maskNames)
        {
            inputs[name] = mask;
        }

        if (_text.TokenTypeIds is { } types)
        {
            inputs[types] = tensor(padded.TypeIds, shape);
        }

        return inputs;
    }
}
