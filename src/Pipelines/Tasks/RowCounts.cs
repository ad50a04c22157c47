namespace MLTransfer.Pipelines.Tasks;

/// <summary>How many rows a run had.</summary>
/// <param name="Train">Rows that the model was trained on.</param>
/// <param name="Test">Rows that it was measured on.</param>
/// <param name="Skipped">Rows that could not be used.</param>
internal sealed record RowCounts(long Train, long Test, long Skipped);
