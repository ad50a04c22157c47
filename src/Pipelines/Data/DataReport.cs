namespace MLTransfer.Pipelines.Data;

/// <summary>What was found while the rows were checked. Nothing is left out without a line here.</summary>
/// <param name="RowsRead">Rows of the training and the test data, good or not.</param>
/// <param name="RowsSkipped">Rows that cannot be used.</param>
/// <param name="Problems">The unusable rows by sort.</param>
/// <param name="Warnings">What is usable but deserves a look: files that are not read, classes that are too small to split.</param>
internal sealed record DataReport(
    long RowsRead, long RowsSkipped, IReadOnlyList<RowProblemGroup> Problems, IReadOnlyList<string> Warnings);
