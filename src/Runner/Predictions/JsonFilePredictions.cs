using MLTransfer.Pipelines.Tasks;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Predictions;

/// <summary><see cref="JsonPredictions"/> in a file.</summary>
internal sealed class JsonFilePredictions(string path) : IPredictionWriter
{
    /// <inheritdoc/>
    public Task WriteAsync(IEnumerable<ScoredRow> rows, IReadOnlyList<string> classes, CancellationToken cancellation) =>
        AtomicFile.WriteAsync(path, async file =>
        {
            await using StreamWriter writer = new(file, leaveOpen: true);
            await new JsonPredictions(writer).WriteAsync(rows, classes, cancellation).ConfigureAwait(false);
        });
}
