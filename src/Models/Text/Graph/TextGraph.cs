using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text.WordPiece;

namespace MLTransfer.Models.Text.Graph;

/// <summary>A graph that reads texts: the tokenizer in front of a graph that reads token ids.</summary>
internal static class TextGraph
{
    /// <summary>Whether a tokenizer can be part of a graph: WordPiece whose special and added tokens have BERT's form.</summary>
    /// <param name="text">The tokenizer.</param>
    /// <param name="directory">The folder of its files.</param>
    /// <param name="isPair">Whether rows are sentence pairs.</param>
    /// <exception cref="UserException">A file of the tokenizer is missing or broken.</exception>
    public static bool Supports(TextPreprocessing text, string directory, bool isPair)
    {
        if (text.Tokenizer.Kind != TokenizerKind.WordPiece)
        {
            return false;
        }

        try
        {
            var definition = WordPieceDefinition.Load(Path.Combine(directory, text.Tokenizer.Vocabulary), text.Tokenizer.Lowercase);
            _ = new AddedTokenLetters(definition.AddedTokens);
            _ = RowTokens.Of(definition, isPair);
            return true;
        }
        catch (NotSupportedException)
        {
            return false;
        }
    }

    /// <summary>Joins the tokenizer of a backbone to a graph that begins with the backbone's inputs.</summary>
    /// <param name="reader">The graph; its inputs are token ids and, where it has them, mask and token types.</param>
    /// <param name="text">The names of these inputs, the tokenizer and the longest row.</param>
    /// <param name="directory">The folder of the tokenizer's files.</param>
    /// <param name="isPair">Whether rows are sentence pairs.</param>
    /// <returns>A graph with the inputs <see cref="WordPieceGraph.Text"/> and, for pairs, <see cref="WordPieceGraph.Pair"/>, each <c>[batch, 1]</c> string.</returns>
    /// <exception cref="UserException">The tokenizer, or the version of the graph's operators, does not allow it.</exception>
    public static OnnxModel Build(OnnxModel reader, TextPreprocessing text, string directory, bool isPair)
    {
        if (text.Tokenizer.Kind != TokenizerKind.WordPiece)
        {
            throw new UserException($"A tokenizer of kind {text.Tokenizer.Kind} cannot be part of an ONNX graph; only WordPiece can.");
        }

        long opset = reader.Opsets[Opset.Standard];
        if (opset < WordPieceGraph.LowestOpset)
        {
            throw new UserException(
                $"The backbone uses version {opset} of the ONNX operators; the tokenizer in the graph needs {WordPieceGraph.LowestOpset} or later. " +
                "Export the backbone again with a later opset_version, for instance 17.");
        }

        string vocabulary = Path.Combine(directory, text.Tokenizer.Vocabulary);
        OnnxModel tokenizer;
        try
        {
            tokenizer = new WordPieceGraph(WordPieceDefinition.Load(vocabulary, text.Tokenizer.Lowercase)).Build(text.MaximumLength, isPair, opset);
        }
        catch (NotSupportedException exception)
        {
            throw new UserException($"'{vocabulary}': {exception.Message}", exception);
        }

        return reader.Prepend(tokenizer, Links(reader, text));
    }

    private static Dictionary<string, string> Links(OnnxModel reader, TextPreprocessing text)
    {
        var known = new Dictionary<string, string> { [text.InputIds] = WordPieceGraph.InputIds, [PoolingGraph.MaskName] = WordPieceGraph.AttentionMask };
        if (text.AttentionMask is not null)
        {
            known[text.AttentionMask] = WordPieceGraph.AttentionMask;
        }

        if (text.TokenTypeIds is not null)
        {
            known[text.TokenTypeIds] = WordPieceGraph.TokenTypeIds;
        }

        return reader.Inputs.ToDictionary(
            input => input.Name,
            input => known.TryGetValue(input.Name, out string? output) ? output : throw new UserException(
                $"The backbone has an input '{input.Name}' that its card does not name. Set text.inputIds, text.attentionMask and text.tokenTypeIds."));
    }
}
