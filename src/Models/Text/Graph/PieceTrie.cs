using System.Numerics;
using MLTransfer.Models.Text.WordPiece;

namespace MLTransfer.Models.Text.Graph;

/// <summary>
/// The pieces of a vocabulary as a trie over character codes. Several characters fit into one int64, so the trie is walked in a few levels of
/// several characters each, and every prefix within a level is looked up at once. Nodes are numbered so that of the nodes on a path the largest
/// number is the longest piece.
/// </summary>
internal sealed class PieceTrie
{
    // Numbers stay below 2^62, so sums never overflow.
    private const int KeyBits = 62;

    private PieceTrie(int codeBits, IReadOnlyList<PieceTrieLevel> levels, long inner, long[] lengths, long[] ids)
    {
        CodeBits = codeBits;
        Levels = levels;
        Inner = inner;
        Lengths = lengths;
        Ids = ids;
    }

    /// <summary>The number that a word begins with at the first level.</summary>
    public static int WordRoot => 1;

    /// <summary>The number that a later character of a word begins with at the first level.</summary>
    public static int ContinuingRoot => 0;

    /// <summary>Bits of a character code in a key.</summary>
    public int CodeBits { get; }

    /// <summary>The levels, from the first character on.</summary>
    public IReadOnlyList<PieceTrieLevel> Levels { get; }

    /// <summary>The largest number of a node that ends no piece; 0 is no node. What is above it is a piece's rank, from 1.</summary>
    public long Inner { get; }

    /// <summary>Characters of the piece of each rank; rank 0 is no piece, 0 characters.</summary>
    public long[] Lengths { get; }

    /// <summary>Id of the piece of each rank.</summary>
    public long[] Ids { get; }

    /// <summary>Builds the trie.</summary>
    /// <param name="definition">The vocabulary and the added tokens.</param>
    /// <param name="codes">The codes of their characters.</param>
    /// <param name="rowStart">Id of the token that begins a row.</param>
    public static PieceTrie Of(WordPieceDefinition definition, CharacterCodes codes, int rowStart)
    {
        var word = new PieceTrieNode(depth: 0) { Number = WordRoot };
        var continuing = new PieceTrieNode(depth: 0) { Number = ContinuingRoot };
        foreach ((string text, int id, bool continues) in definition.Vocabulary.Pieces())
        {
            int[] characters = CharacterCodes.CodePoints(text);
            int?[] regular = [.. characters.Select(codes.Regular)];
            if (regular.All(code => code is not null))
            {
                (continues ? continuing : word).Add([.. regular.Select(code => code!.Value)], id);
            }

            if (!continues && characters.Length == 1 && codes.Single(characters[0]) is int single)
            {
                word.Add([single], id);
            }
        }

        for (int i = 0; i < definition.AddedTokens.Count; i++)
        {
            word.Add([codes.FirstAddedToken + i], definition.AddedTokens[i].Id);
        }

        word.Add([codes.RowMark], rowStart);
        return Of(word, continuing, BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)codes.Count)));
    }

    private static PieceTrie Of(PieceTrieNode word, PieceTrieNode continuing, int codeBits)
    {
        var byDepth = new List<List<PieceTrieNode>> { new() { word, continuing } };
        while (byDepth[^1].SelectMany(node => node.Children.Values).ToList() is { Count: > 0 } next)
        {
            byDepth.Add(next);
        }

        PieceTrieNode[] nodes = [.. byDepth.Skip(1).SelectMany(level => level)];
        int nodeBits = BitOperations.Log2((uint)nodes.Length) + 1;
        int depths = byDepth.Count - 1;
        int[] levelLengths = LevelLengths(depths, (KeyBits - 1) / codeBits, (KeyBits - nodeBits) / codeBits);

        // Within a level, nodes that end no piece need no number; those at its end do, for the next level begins there.
        HashSet<int> levelEnds = [.. levelLengths.Select((_, level) => levelLengths.Take(level + 1).Sum())];
        long number = 0;
        foreach (PieceTrieNode node in nodes.Where(node => node.Id is null && levelEnds.Contains(node.Depth)))
        {
            node.Number = ++number;
        }

        long inner = number;
        PieceTrieNode[] pieces = [.. nodes.Where(node => node.Id is not null)];
        foreach (PieceTrieNode piece in pieces)
        {
            piece.Number = ++number;
        }

        var levels = new List<PieceTrieLevel>();
        foreach (int length in levelLengths)
        {
            levels.Add(new(length, [.. byDepth[levels.Sum(level => level.Length)].SelectMany(node => Keys(node, length, codeBits))]));
        }

        return new(
            codeBits,
            levels,
            inner,
            [0, .. pieces.Select(node => (long)node.Depth)],
            [0, .. pieces.Select(node => (long)node.Id!.Value)]);
    }

    private static int[] LevelLengths(int depths, int first, int later)
    {
        var lengths = new List<int> { Math.Min(first, depths) };
        while (lengths.Sum() < depths)
        {
            lengths.Add(Math.Min(later, depths - lengths.Sum()));
        }

        return [.. lengths];
    }

    private static List<(long Key, long Number)> Keys(PieceTrieNode start, int length, int codeBits)
    {
        var keys = new List<(long Key, long Number)>();
        Walk(start, start.Number << (codeBits * length), 0);
        return keys;

        void Walk(PieceTrieNode node, long key, int walked)
        {
            if (walked > 0 && node.Number > 0)
            {
                keys.Add((key, node.Number));
            }

            if (walked < length)
            {
                foreach ((int code, PieceTrieNode child) in node.Children)
                {
                    Walk(child, key + ((long)code << (codeBits * walked)), walked + 1);
                }
            }
        }
    }
}
