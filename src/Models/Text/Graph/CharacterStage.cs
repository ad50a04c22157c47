using System.Runtime.InteropServices;
using Google.Protobuf;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Text.Graph;

/// <summary>From texts to characters, and from characters to the codes of what normalisation makes of them.</summary>
internal static class CharacterStage
{
    private const string ContributedOperators = "com.microsoft";

    // Several letters, so no character of a text equals it.
    private const string NoCharacter = "<pad>";

    private static readonly string[] BetweenCharacters = [""];

    /// <summary>The symbols of all texts in one row: each text behind a mark, and one mark at the end.</summary>
    /// <returns><c>[symbols]</c> int64; removed characters and padding are 0.</returns>
    public static string Symbols(GraphBuilder graph, ReadOnlySpan<string> texts, CharacterSymbols symbols)
    {
        // An empty text at the end gives the closing mark, and something to do to the operators that refuse an empty batch.
        var all = new List<string>();
        foreach (string text in texts)
        {
            all.Add(graph.Flat(text));
        }

        all.Add(graph.Store(GraphFragments.String("no_text", "")));
        string rows = graph.Concat(CollectionsMarshal.AsSpan(all));

        // [rows, longest]. With nothing as the separator, the operator cuts a text into its code points, spaces and controls included.
        string characters = Cut(graph, rows, ("separators", BetweenCharacters));
        string listed = graph.Lookup(
            characters, symbols.Listed.Select(entry => (entry.Key, (long)entry.Value)).Append((NoCharacter, symbols.Removed)), otherwise: -1);
        string resolved = Resolve(graph, listed, characters, symbols);

        // A mark before each row.
        return graph.Flat(graph.Node("Pad", [resolved, graph.List(0, 1, 0, 0), graph.Scalar(symbols.RowMark)]));
    }

    /// <summary>The codes of symbols, closed up, and a space at the end.</summary>
    /// <returns><c>[codes]</c> int64.</returns>
    public static string Codes(GraphBuilder graph, string symbolRow, CharacterSymbols symbols, CharacterCodes codes)
    {
        string nothing = graph.Scalar(0);
        string present = graph.Keep(symbolRow, graph.Node("Greater", [symbolRow, nothing]));

        // Stored as int16; the runtime converts it once, when it loads the graph.
        string table = graph.Cast(graph.Store(Rows(symbols)), DataType.Int64);
        string spread = graph.Flat(graph.Node("Gather", [table, present]));
        string closed = graph.Keep(spread, graph.Node("Greater", [spread, nothing]));
        return graph.Concat([closed, graph.List(codes.Space)]);
    }

    // [rows, longest]. Characters that are not listed follow two rules, written as regular expressions. Most batches have none.
    private static string Resolve(GraphBuilder graph, string listed, string characters, CharacterSymbols symbols)
    {
        // [places, 2]: row and column
        string places = graph.Node("Transpose", [graph.Node("NonZero", [graph.Node("Less", [listed, graph.Scalar(0)])])]);

        // One more text that is in every range: the operator refuses an empty input, and gives no column where nothing matches.
        string everyRange = string.Concat(symbols.SingleRanges.Concat(symbols.RemovedRanges).Select(range => char.ConvertFromUtf32(range.First)));
        string unlisted = graph.Concat([graph.Node("GatherND", [characters, places]), graph.Store(GraphFragments.String("every_range", everyRange))]);
        string resolved = Classify(graph, unlisted, symbols.SingleRanges, inside: symbols.UnknownSingle, outside: symbols.UnknownRegular);

        // The symbol of a removed character is 0.
        resolved = graph.Node("Mul", [resolved, Classify(graph, unlisted, symbols.RemovedRanges, inside: 0, outside: 1)]);
        return graph.Node("ScatterND", [listed, places, graph.Part(resolved, graph.List(0), graph.List(-1))]);
    }

    // [characters]: one number for those in the ranges, another for the rest.
    private static string Classify(GraphBuilder graph, string characters, IReadOnlyList<(int First, int Last)> ranges, long inside, long outside)
    {
        if (ranges.Count == 0)
        {
            return graph.Scalar(outside);
        }

        string expression = $"[{string.Concat(ranges.Select(range => $"{char.ConvertFromUtf32(range.First)}-{char.ConvertFromUtf32(range.Last)}"))}]";
        string cut = Cut(graph, characters, ("tokenexp", expression));
        return graph.Lookup(graph.Node("Gather", [cut, graph.Scalar(0)], ("axis", 1L)), [(NoCharacter, outside)], otherwise: inside);
    }

    private static string Cut(GraphBuilder graph, string texts, (string Name, object Value) how) => graph.Node(
        ContributedOperators, "Tokenizer", [texts], 1, how, ("mark", false), ("mincharnum", 1L), ("pad_value", NoCharacter))[0];

    private static TensorProto Rows(CharacterSymbols symbols)
    {
        int width = symbols.Rows.Max(row => row.Length);
        short[] table = new short[symbols.Rows.Count * width];
        for (int symbol = 0; symbol < symbols.Rows.Count; symbol++)
        {
            for (int i = 0; i < symbols.Rows[symbol].Length; i++)
            {
                table[(symbol * width) + i] = checked((short)symbols.Rows[symbol][i]);
            }
        }

        return new()
        {
            Name = "codes",
            DataType = (int)DataType.Int16,
            Dims = { symbols.Rows.Count, width },
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<short>(table)),
        };
    }
}
