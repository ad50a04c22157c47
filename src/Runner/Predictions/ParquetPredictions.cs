using MLTransfer.Pipelines.Tasks;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Predictions;

/// <summary>A Parquet file with the columns of a run's <c>predictions.parquet</c>, the label left out.</summary>
internal sealed class ParquetPredictions(string path) : IPredictionWriter
{
    /// <inheritdoc/>
    public Task WriteAsync(IEnumerable<ScoredRow> rows, IReadOnlyList<string> classes, CancellationToken cancellation) =>
        AtomicFile.WriteAsync(path, file => PredictionsFile.WriteAsync(file, [rows], classes, hasLabel: false, cancellation));
}
