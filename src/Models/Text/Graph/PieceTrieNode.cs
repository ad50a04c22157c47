namespace MLTransfer.Models.Text.Graph;

/// <summary>A node of a <see cref="PieceTrie"/> while it is built.</summary>
/// <param name="depth">Characters before it.</param>
internal sealed class PieceTrieNode(int depth)
{
    private static readonly Dictionary<int, PieceTrieNode> NoChildren = [];

    // Most nodes are ends.
    private Dictionary<int, PieceTrieNode>? _children;

    /// <summary>Characters before it.</summary>
    public int Depth { get; } = depth;

    /// <summary>The nodes behind it, by character code.</summary>
    public IReadOnlyDictionary<int, PieceTrieNode> Children => _children ?? NoChildren;

    /// <summary>Id of the piece that ends here, or null.</summary>
    public int? Id { get; private set; }

    /// <summary>Its number; 0 where it has none.</summary>
    public long Number { get; set; }

    /// <summary>Adds a piece below this node.</summary>
    public void Add(ReadOnlySpan<int> codes, int id)
    {
        PieceTrieNode node = this;
        foreach (int code in codes)
        {
            node._children ??= [];
            if (!node._children.TryGetValue(code, out PieceTrieNode? child))
            {
                child = new(node.Depth + 1);
                node._children.Add(code, child);
            }

            node = child;
        }

        node.Id = id;
    }
}
