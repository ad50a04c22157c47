using System.Globalization;
using MLTransfer.Pipelines.Tasks;

namespace MLTransfer.Runner.Predictions;

/// <summary>A line for each row: the label, its score, and the row's name.</summary>
internal sealed class TablePredictions(TextWriter output) : IPredictionWriter
{
    /// <inheritdoc/>
    public Task WriteAsync(IEnumerable<ScoredRow> rows, IReadOnlyList<string> classes, CancellationToken cancellation)
    {
        int width = classes.Max(static name => name.Length);
        foreach (ScoredRow row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{row.Predicted.PadRight(width)}  {row.Scores.Max():0.0000}  {row.Key}"));
        }
        return Task.CompletedTask;
    }
}
