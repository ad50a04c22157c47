namespace MLTransfer.Pipelines.Data;

/// <summary>One fold of a cross-validation.</summary>
/// <param name="Train">The rows of the other folds.</param>
/// <param name="Test">The rows of this fold.</param>
internal sealed record DataFold(DataSplit Train, DataSplit Test);
