using Microsoft.ML;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Test rows with their predictions.</summary>
/// <param name="Scored">The rows.</param>
/// <param name="Metrics">What was measured on them.</param>
/// <param name="Keys">What names each row.</param>
/// <param name="Broken">Rows that were left out.</param>
internal sealed record TestScores(IDataView Scored, ClassificationMetrics Metrics, IReadOnlyList<string> Keys, BrokenRows Broken);
