namespace MLTransfer.Models.Text.Graph;

/// <summary>A part of each path through a trie.</summary>
/// <param name="Length">Characters that are walked at once.</param>
/// <param name="Entries">
/// The nodes of this level that have a number. The key of one: the number that the path has when it comes into the level, then the codes walked,
/// lowest bits first.
/// </param>
internal sealed record PieceTrieLevel(int Length, IReadOnlyList<(long Key, long Number)> Entries);
