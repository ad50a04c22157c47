using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text.WordPiece;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Text.Graph;

/// <summary>BERT's WordPiece as an ONNX graph of operators that a stock ONNX Runtime has: texts in, token ids out.</summary>
/// <remarks>
/// No Loop, no custom operator; of the contributed operators that every build of ONNX Runtime contains it uses <c>com.microsoft.Tokenizer</c>.
/// The ids equal those of <see cref="WordPieceDefinition.ToTokenizer"/>. How it works: docs/decisions/wordpiece-in-graph.md.
/// </remarks>
internal sealed class WordPieceGraph
{
    /// <summary>The first text, <c>[batch, 1]</c> string.</summary>
    public const string Text = "text";

    /// <summary>The second text of a pair, <c>[batch, 1]</c> string.</summary>
    public const string Pair = "pair";

    /// <summary>Token ids, <c>[batch, sequence]</c> int64, padded to the longest row.</summary>
    public const string InputIds = "input_ids";

    /// <summary>1 for a token, 0 for padding; <c>[batch, sequence]</c> int64.</summary>
    public const string AttentionMask = "attention_mask";

    /// <summary>The token types, <c>[batch, sequence]</c> int64.</summary>
    public const string TokenTypeIds = "token_type_ids";

    /// <summary>The lowest version of the standard operators that the graph can be written in.</summary>
    public const long LowestOpset = 11;

    private readonly WordPieceDefinition _definition;
    private readonly AddedTokenLetters _letters;
    private readonly CharacterCodes _codes;
    private readonly CharacterSymbols _symbols;
    private readonly PieceTrie _trie;
    private readonly int _unknown;

    /// <summary>Makes the tables of a tokenizer, which all of its graphs share.</summary>
    /// <exception cref="NotSupportedException">The tokenizer has added tokens or special tokens of a form that a graph cannot give.</exception>
    public WordPieceGraph(WordPieceDefinition definition)
    {
        _definition = definition;
        _letters = new(definition.AddedTokens);
        _codes = CharacterCodes.Of(definition);
        _symbols = new(definition, _codes, _letters);
        _trie = PieceTrie.Of(definition, _codes, RowTokens.Of(definition, isPair: false).Start);
        _unknown = definition.Vocabulary.Find(definition.Vocabulary.UnknownToken)!.Value;
    }

    /// <summary>Builds a graph.</summary>
    /// <param name="maximumLength">Longest row, special tokens included; longer texts are cut on the right, pairs longest first.</param>
    /// <param name="isPair">Whether rows are sentence pairs.</param>
    /// <param name="opset">Version of the standard operators, from <see cref="LowestOpset"/>: that of the backbone that the graph will be joined to.</param>
    /// <exception cref="ArgumentOutOfRangeException">The maximum length leaves no room for the special tokens, or the opset is too low.</exception>
    /// <exception cref="NotSupportedException">The tokenizer's rows are of a form that a graph cannot give.</exception>
    public OnnxModel Build(int maximumLength, bool isPair, long opset)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(opset, LowestOpset);
        ArgumentOutOfRangeException.ThrowIfLessThan(maximumLength, _definition.Template.SpecialTokens(isPair));
        var special = RowTokens.Of(_definition, isPair);
        var graph = new GraphBuilder("wordpiece", opset);
        string[] texts =
        [
            graph.Input(Text, DataType.String, "batch", 1),
            .. isPair ? [graph.Input(Pair, DataType.String, "batch", 1)] : Array.Empty<string>(),
        ];
        string symbolRow = CharacterStage.Symbols(graph, texts, _symbols);
        symbolRow = AddedTokenStage.Replace(graph, symbolRow, _definition.AddedTokens, _letters, _symbols);
        string codeRow = CharacterStage.Codes(graph, symbolRow, _symbols, _codes);
        EmittedTokens tokens = PieceStage.Tokens(graph, codeRow, _codes, _trie, _definition.Vocabulary.MaximumWordLength, _unknown);
        RowTensors rows = isPair
            ? RowStage.Pairs(graph, tokens, special, maximumLength)
            : RowStage.Singles(graph, tokens, special, maximumLength);
        graph.Output(InputIds, rows.Ids, DataType.Int64, "batch", "sequence");
        graph.Output(AttentionMask, rows.Mask, DataType.Int64, "batch", "sequence");
        graph.Output(TokenTypeIds, rows.TypeIds, DataType.Int64, "batch", "sequence");
        return graph.Build();
    }
}
