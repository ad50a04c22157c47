using System.Globalization;
using CsvHelper;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Predictions;

/// <summary>A CSV file: <c>key</c>, <c>predictedLabel</c>, <c>score.NAME</c> for each class.</summary>
internal sealed class CsvPredictions(string path) : IPredictionWriter
{
    /// <inheritdoc/>
    public Task WriteAsync(IEnumerable<ScoredRow> rows, IReadOnlyList<string> classes, CancellationToken cancellation) =>
        AtomicFile.WriteAsync(path, async file =>
        {
            await using var csv = CsvWriter.Create(file, new CsvWriterOptions(), leaveOpen: true);
            string[] names = ["key", "predictedLabel", .. classes.Select(static name => $"score.{name}")];
            await csv.WriteRecordAsync(names, cancellation).ConfigureAwait(false);
            foreach (ScoredRow row in rows)
            {
                string[] fields = [row.Key, row.Predicted, .. row.Scores.Select(static score => score.ToString(CultureInfo.InvariantCulture))];
                await csv.WriteRecordAsync(fields, cancellation).ConfigureAwait(false);
            }
        });
}
