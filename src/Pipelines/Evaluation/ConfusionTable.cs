namespace MLTransfer.Pipelines.Evaluation;

/// <summary>Rows by true and by predicted class.</summary>
/// <param name="Labels">The classes, in the order of both axes.</param>
/// <param name="Counts"><c>[true class][predicted class]</c>. A row without a prediction is in no cell.</param>
public sealed record ConfusionTable(IReadOnlyList<string> Labels, IReadOnlyList<IReadOnlyList<long>> Counts);
