using Microsoft.ML;
using MLTransfer.Pipelines.Evaluation;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>What came of one fold of a cross-validation.</summary>
/// <param name="Metrics">The metrics of its test rows.</param>
/// <param name="Scored">Its test rows with label, key, predicted label and scores.</param>
internal sealed record FoldResult(ClassificationMetrics Metrics, IDataView Scored);
