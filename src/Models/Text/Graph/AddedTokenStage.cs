using Google.Protobuf;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using MLTransfer.Models.Text.Composition;

namespace MLTransfer.Models.Text.Graph;

/// <summary>Finds added tokens among the symbols and puts one symbol in the place of each.</summary>
internal static class AddedTokenStage
{
    /// <summary>Replaces the letters of each added token by its symbol and removed characters.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="symbolRow"><c>[symbols]</c> int64.</param>
    /// <param name="tokens">The added tokens.</param>
    /// <param name="letters">Their letters.</param>
    /// <param name="symbols">The symbols of letters and tokens.</param>
    /// <returns>The symbols, with removed ones at the end.</returns>
    public static string Replace(
        GraphBuilder graph, string symbolRow, IReadOnlyList<AddedToken> tokens, AddedTokenLetters letters, CharacterSymbols symbols)
    {
        if (tokens.Count == 0)
        {
            return symbolRow;
        }

        // Numbered from 1 by length, so that of two that fit the longer one has the larger number.
        (AddedToken Token, long Symbol)[] sorted =
            [.. tokens.Select((token, index) => (token, (long)symbols.AddedTokens[index])).OrderBy(entry => entry.token.Content.Length)];

        // [starts, 1] and [starts, width]. Letters have the symbols from 1 in the order of their digits.
        string row = graph.Concat([symbolRow, graph.Zeros(letters.Width)]);
        string starts = graph.PlaceColumn(graph.Node("Equal", [row, graph.Scalar(letters.Digit(letters.Letters[0]))]));
        string column = graph.Longs("column", [1, letters.Width], [.. Enumerable.Range(0, letters.Width).Select(i => (long)i)]);
        string window = graph.Node("Add", [starts, column]);
        string token = Recognise(graph, graph.Node("Gather", [row, window]), sorted, letters);

        // [starts, width]: the token's symbol, then removed characters. What is no part of a token goes to the end of the row, where all is removed.
        string replacement = graph.Node(
            "Gather", [graph.Longs("replacement", [sorted.Length + 1, letters.Width], Replacements(sorted, letters)), token]);
        string isPart = graph.Node("Gather", [graph.Store(Parts(sorted, letters)), token]);
        string places = graph.Node("Where", [isPart, window, graph.Length(symbolRow)]);
        return graph.Node("ScatterND", [row, graph.Unsqueeze(places, 2), replacement]);
    }

    // [starts]: the number of the token, or 0.
    private static string Recognise(
        GraphBuilder graph, string windows, ReadOnlySpan<(AddedToken Token, long Symbol)> tokens, AddedTokenLetters letters)
    {
        string digits = graph.Smaller(windows, graph.Scalar(letters.OtherDigit));

        // [width, lengths] → [starts, lengths]
        long[] weights = [.. Enumerable.Range(0, letters.Width).SelectMany(place => letters.Lengths.Select((_, length) => letters.Weight(place, length)))];
        string numbers = graph.Node("MatMul", [digits, graph.Longs("weights", [letters.Width, letters.Lengths.Count], weights)]);
        var entries = new List<(long, long)>();
        foreach ((AddedToken token, _) in tokens)
        {
            entries.Add((letters.Number(token.Content), entries.Count + 1));
        }

        return graph.Reduce("ReduceMax", graph.Lookup(numbers, entries, otherwise: 0), [1], keepDims: false);
    }

    // [tokens + 1, width]
    private static TensorProto Parts(ReadOnlySpan<(AddedToken Token, long Symbol)> tokens, AddedTokenLetters letters)
    {
        byte[] parts = new byte[(tokens.Length + 1) * letters.Width];
        for (int i = 0; i < tokens.Length; i++)
        {
            parts.AsSpan((i + 1) * letters.Width, tokens[i].Token.Content.Length).Fill(1);
        }

        return new()
        {
            Name = "parts",
            DataType = (int)TensorProto.Types.DataType.Bool,
            Dims = { tokens.Length + 1, letters.Width },
            RawData = ByteString.CopyFrom(parts),
        };
    }

    // [tokens + 1, width]
    private static long[] Replacements(ReadOnlySpan<(AddedToken Token, long Symbol)> tokens, AddedTokenLetters letters)
    {
        long[] rows = new long[(tokens.Length + 1) * letters.Width];
        for (int i = 0; i < tokens.Length; i++)
        {
            rows[(i + 1) * letters.Width] = tokens[i].Symbol;
        }

        return rows;
    }
}
