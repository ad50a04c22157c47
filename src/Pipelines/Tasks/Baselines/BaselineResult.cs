using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.Tasks.Baselines;

/// <summary>What a baseline gave on the test rows.</summary>
/// <param name="Baseline">Which one.</param>
/// <param name="Metrics">The metrics.</param>
/// <param name="Elapsed">The time that it took, features included.</param>
internal sealed record BaselineResult(Baseline Baseline, ClassificationMetrics Metrics, TimeSpan Elapsed);
