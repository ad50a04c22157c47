namespace MLTransfer.Pipelines.Data;

/// <summary>Why a row cannot be used.</summary>
/// <param name="Kind">The sort of problem, under which rows are counted.</param>
/// <param name="Detail">What exactly: the column, the value, what was expected.</param>
internal readonly record struct RowProblem(RowProblemKind Kind, string Detail);
