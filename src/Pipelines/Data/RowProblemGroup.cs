namespace MLTransfer.Pipelines.Data;

/// <summary>Unusable rows of one sort in one file.</summary>
/// <param name="Kind">The sort.</param>
/// <param name="Count">How many rows.</param>
/// <param name="Examples">The first of them, each with its key and what is wrong.</param>
internal sealed record RowProblemGroup(RowProblemKind Kind, long Count, IReadOnlyList<string> Examples);
