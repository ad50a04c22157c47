namespace MLTransfer.FineTuning.Import;

/// <summary>A float initializer of a graph and what the importer takes it for.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its dimensions in the file.</param>
/// <param name="Role">What it is taken for.</param>
/// <param name="Reason">Why it is not a weight; empty for a weight.</param>
/// <param name="UsedBy">The operators that read it, separated by commas.</param>
public sealed record StoredTensor(string Name, IReadOnlyList<long> Shape, StoredTensorRole Role, string Reason, string UsedBy);
