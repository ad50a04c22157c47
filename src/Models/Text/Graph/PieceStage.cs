using System.Numerics;
using System.Runtime.InteropServices;
using MLTransfer.Models.Onnx;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Text.Graph;

/// <summary>WordPiece without a loop: the longest piece at every position at once, then the positions that a word's pieces lead to.</summary>
internal static class PieceStage
{
    /// <summary>From characters to tokens.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="codeRow"><c>[codes]</c> int64; the last one is a space.</param>
    /// <param name="codes">What the codes are.</param>
    /// <param name="trie">The pieces.</param>
    /// <param name="maximumWordLength">Longer words, in characters, are unknown.</param>
    /// <param name="unknown">Id of an unknown word.</param>
    public static EmittedTokens Tokens(
        GraphBuilder graph, string codeRow, CharacterCodes codes, PieceTrie trie, int maximumWordLength, int unknown)
    {
        string alone = graph.Node("Greater", [codeRow, graph.Scalar(codes.UnknownRegular)]);
        string aloneBefore = graph.Concat([graph.Store(GraphFragments.Bool("before", true)), graph.Part(alone, graph.List(0), graph.List(-1))]);
        string stop = graph.Node("Or", [alone, aloneBefore]);
        string inWord = graph.Node("Not", [graph.Node("Equal", [codeRow, graph.Scalar(codes.Space)])]);
        string start = graph.Node("And", [stop, inWord]);

        string length = graph.Length(codeRow);
        string startNumber = graph.Cast(start, DataType.Int64);
        string word = graph.Node("CumSum", [startNumber, graph.Scalar(0)]);
        string positions = graph.Range(graph.Squeeze(length));
        string rank = LongestPieces(graph, codeRow, positions, start, inWord, word, trie);
        string reached = graph.Node("And", [Reached(graph, rank, positions, length, start, startNumber, stop, trie, maximumWordLength), inWord]);
        string bad = BadWords(graph, rank, length, word, reached, inWord, maximumWordLength);

        string emitted = graph.Node("And", [reached, graph.Node("Or", [start, graph.Node("Not", [bad])])]);
        string id = graph.Node("Where", [bad, graph.Scalar(unknown), Of(graph, "id", trie.Ids, rank)]);
        string rowStart = graph.Node("Equal", [codeRow, graph.Scalar(codes.RowMark)]);
        return new(graph.Keep(id, emitted), graph.PlaceColumn(graph.Keep(rowStart, emitted)));
    }

    // [codes]: the rank of the longest piece that begins at each position; 0 where none does.
    private static string LongestPieces(
        GraphBuilder graph, string codeRow, string positions, string start, string inWord, string word, PieceTrie trie)
    {
        int[] lengths = [.. trie.Levels.Select(level => level.Length)];
        int depths = lengths.Sum();
        long[] shifts = [.. lengths.SelectMany(length => Enumerable.Range(0, length).Select(i => 1L << (trie.CodeBits * i)))];

        // [depths, codes]: the code at each distance from each position, and 0 behind the end of the word. A key with zeros is that of a shorter prefix,
        // which does no harm; without them each position would look up many keys that are in no table and in no cache.
        string distance = graph.Longs("distance", [depths, 1], [.. Enumerable.Range(0, depths).Select(i => (long)i)]);
        string place = graph.Node("Add", [positions, distance]);
        string zeros = graph.Zeros(depths);
        string code = graph.Node("Gather", [graph.Concat([graph.Node("Where", [inWord, codeRow, graph.Scalar(0)]), zeros]), place]);
        string isSameWord = graph.Node("Equal", [graph.Node("Gather", [graph.Concat([word, zeros]), place]), word]);
        string ahead = graph.Node("Where", [isSameWord, code, graph.Scalar(0)]);

        // Shifted to the bits of a key; then one part for each level.
        string[] parts = graph.Split(graph.Node("Mul", [ahead, graph.Longs("shift", [depths, 1], shifts)]), lengths);

        // [1, codes] on the way into a level, [length, codes] within it.
        string number = graph.Node("Where", [start, graph.Scalar(PieceTrie.WordRoot), graph.Scalar(PieceTrie.ContinuingRoot)]);
        var numbers = new List<string>();
        for (int level = 0; level < lengths.Length; level++)
        {
            string keys = graph.Node(
                "Add",
                [
                    graph.Node("CumSum", [parts[level], graph.Scalar(0)]),
                    graph.Node("Mul", [number, graph.Scalar(1L << (trie.CodeBits * lengths[level]))]),
                ]);
            numbers.Add(graph.Lookup(keys, trie.Levels[level].Entries, otherwise: 0));
            number = level == lengths.Length - 1 ? "" : graph.Part(numbers[^1], graph.List(-1), graph.List(long.MaxValue));
        }

        string largest = graph.Reduce("ReduceMax", graph.Concat(CollectionsMarshal.AsSpan(numbers)), [0], keepDims: false);
        return graph.Larger(graph.Node("Sub", [largest, graph.Scalar(trie.Inner)]), graph.Scalar(0));
    }

    // [codes] bool: the positions where a piece of a word begins. Each step doubles how far from a word's start they are known.
    private static string Reached(
        GraphBuilder graph,
        string rank,
        string positions,
        string length,
        string start,
        string startNumber,
        string stop,
        PieceTrie trie,
        int maximumWordLength)
    {
        string next = graph.Node("Add", [positions, Of(graph, "length", trie.Lengths, rank)]);
        string jump = graph.Node("Where", [graph.Node("Gather", [stop, next]), positions, next]);

        int steps = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)maximumWordLength));
        return graph.Opset >= 16
            ? ReachedByAdding(graph, jump, startNumber, steps)
            : ReachedBySetting(graph, jump, length, start, steps);
    }

    // The number of ways to a position; at most twice as many after each step.
    private static string ReachedByAdding(GraphBuilder graph, string jump, string startNumber, int steps)
    {
        string ways = startNumber;
        for (int step = 0; step < steps; step++)
        {
            ways = graph.Node("ScatterElements", [ways, jump, ways], ("axis", 0L), ("reduction", "add"));
            jump = step == steps - 1 ? jump : graph.Node("Gather", [jump, jump]);
        }

        return graph.Node("Greater", [ways, graph.Scalar(0)]);
    }

    // Before operator set 16 a scatter cannot add. The jumps of positions that are not reached go to the last one, a space, where they do no harm.
    private static string ReachedBySetting(GraphBuilder graph, string jump, string length, string start, int steps)
    {
        string aside = graph.Node("Sub", [length, graph.Scalar(1)]);
        string yes = graph.Bools(length, true);
        string reached = start;
        for (int step = 0; step < steps; step++)
        {
            reached = graph.Node("ScatterElements", [reached, graph.Node("Where", [reached, jump, aside]), yes], ("axis", 0L));
            jump = step == steps - 1 ? jump : graph.Node("Gather", [jump, jump]);
        }

        return reached;
    }

    // [codes] bool: whether the word of a position has a part that is no piece, or is too long.
    private static string BadWords(
        GraphBuilder graph, string rank, string length, string word, string reached, string inWord, int maximumWordLength)
    {
        string earlier = graph.Part(
            graph.Concat([graph.Zeros(maximumWordLength), word]), graph.List(0), graph.List(-maximumWordLength));
        string overlong = graph.Node("And", [graph.Node("Equal", [word, earlier]), inWord]);
        string noPiece = graph.Node("And", [graph.Node("Equal", [rank, graph.Scalar(0)]), reached]);
        string badWord = graph.Keep(word, graph.Node("Or", [overlong, noPiece]));
        string flags = graph.Node("ScatterElements", [graph.Bools(length, false), badWord, graph.Bools(graph.Length(badWord), true)], ("axis", 0L));
        return graph.Node("Gather", [flags, word]);
    }

    private static string Of(GraphBuilder graph, string name, long[] table, string rank) =>
        graph.Node("Gather", [graph.Table(name, table), rank]);
}
