namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>An operator that fine-tuning knows, for tables.</summary>
/// <param name="Domain">Its domain: <c>ai.onnx</c> or <c>com.microsoft</c>.</param>
/// <param name="Name">Its type.</param>
/// <param name="Versions">Versions of the operator set in which its forms begin.</param>
/// <param name="Limits">What its rule does not do; empty if it does all.</param>
internal sealed record OperatorRow(string Domain, string Name, IReadOnlyList<int> Versions, string Limits);
