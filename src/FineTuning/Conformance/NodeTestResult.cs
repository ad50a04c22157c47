namespace MLTransfer.FineTuning.Conformance;

/// <summary>The result of one of ONNX's node tests.</summary>
/// <param name="Test">Name of the test's folder.</param>
/// <param name="Operators">Operators of its graph, separated by commas.</param>
/// <param name="Outcome">How it came out.</param>
/// <param name="Reason">What differs or is missing; empty where it passed.</param>
public sealed record NodeTestResult(string Test, string Operators, NodeTestOutcome Outcome, string Reason);
