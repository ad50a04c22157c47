using MLTransfer.Pipelines.Tasks;

namespace MLTransfer.Runner.Predictions;

/// <summary>Writes predicted rows in some form.</summary>
internal interface IPredictionWriter
{
    /// <summary>Writes the rows; they are computed while they are read.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="classes">The classes in the order of the scores.</param>
    /// <param name="cancellation">Stops between two rows.</param>
    Task WriteAsync(IEnumerable<ScoredRow> rows, IReadOnlyList<string> classes, CancellationToken cancellation);
}
