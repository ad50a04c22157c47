namespace MLTransfer.Pipelines.Evaluation;

/// <summary>The rows whose highest probability lies in one interval (above its lower bound, up to its upper one).</summary>
/// <param name="UpperBound">The interval's upper bound.</param>
/// <param name="Rows">How many rows.</param>
/// <param name="Confidence">The mean of their highest probability; 0 without rows.</param>
/// <param name="Accuracy">The share of them whose class with the highest probability is the right one; 0 without rows.</param>
public sealed record CalibrationBin(double UpperBound, long Rows, double Confidence, double Accuracy);
