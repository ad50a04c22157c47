using MLTransfer.Models.Onnx;
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

        // Letters have the symbols from 1 in the order of their digits.
        string row = graph.Concat([symbolRow, graph.Zeros(letters.Width)]);
        string starts = graph.Places(graph.Node("Equal", [row, graph.Scalar(letters.Digit(letters.Letters[0]))]));
        string column = graph.Longs("column", [1, letters.Width], [.. Enumerable.Range(0, letters.Width).Select(i => (long)i)]);

        // [starts, width]
        string digits = graph.Smaller(
            graph.Node("Gather", [row, graph.Node("Add", [graph.Unsqueeze(starts, 1), column])]), graph.Scalar(letters.OtherDigit));
        string token = Recognise(graph, digits, tokens, letters);
        string found = graph.Node("Greater", [token, graph.Scalar(0)]);
        string foundStarts = graph.Unsqueeze(graph.Keep(starts, found), 1);
        string foundTokens = graph.Keep(token, found);

        // [found, width]: the token's symbol, then removed characters. What lies behind a short token goes to the end of the row, where all is removed.
        string replacement = graph.Node("Gather", [graph.Longs("replacement", [tokens.Count + 1, letters.Width], Replacements(tokens, letters, symbols)), foundTokens]);
        string length = graph.Unsqueeze(
            graph.Node("Gather", [graph.Longs("length", [tokens.Count + 1], [0, .. tokens.Select(one => (long)one.Content.Length)]), foundTokens]), 1);
        string places = graph.Node(
            "Where",
            [graph.Node("Less", [column, length]), graph.Node("Add", [foundStarts, column]), graph.Length(symbolRow)]);
        return graph.Node("ScatterElements", [row, graph.Flat(places), graph.Flat(replacement)], ("axis", 0L));
    }

    // [starts]: the number of the token from 1, or 0. Of two that fit, the longer one.
    private static string Recognise(GraphBuilder graph, string digits, IReadOnlyList<AddedToken> tokens, AddedTokenLetters letters)
    {
        string? recognised = null;
        foreach (IGrouping<int, (AddedToken Token, int Number)> group in tokens
            .Select((token, index) => (Token: token, Number: index + 1))
            .GroupBy(entry => entry.Token.Content.Length).OrderBy(group => group.Key))
        {
            long[] powers = new long[letters.Width];
            for (int i = 0; i < group.Key; i++)
            {
                powers[i] = (long)Math.Pow(letters.Base, i);
            }

            string number = graph.Reduce(
                "ReduceSum", graph.Node("Mul", [digits, graph.Longs("powers", [1, letters.Width], powers)]), [1], keepDims: false);
            string token = graph.Lookup(
                number,
                group.Select(entry => (entry.Token.Content.Select((letter, i) => letters.Digit(letter) * powers[i]).Sum(), (long)entry.Number)),
                otherwise: 0);
            recognised = recognised is null
                ? token
                : graph.Node("Where", [graph.Node("Greater", [token, graph.Scalar(0)]), token, recognised]);
        }

        return recognised!;
    }

    private static long[] Replacements(IReadOnlyList<AddedToken> tokens, AddedTokenLetters letters, CharacterSymbols symbols)
    {
        long[] rows = new long[(tokens.Count + 1) * letters.Width];
        for (int i = 0; i < tokens.Count; i++)
        {
            rows[(i + 1) * letters.Width] = symbols.AddedTokens[i];
        }

        return rows;
    }
}
