using System.Text.Json.Nodes;
using MLTransfer.Pipelines.Tasks;

namespace MLTransfer.Runner.Predictions;

/// <summary>A JSON object a line: <c>key</c>, <c>predictedLabel</c>, <c>scores</c> by class.</summary>
internal sealed class JsonPredictions(TextWriter output) : IPredictionWriter
{
    /// <inheritdoc/>
    public Task WriteAsync(IEnumerable<ScoredRow> rows, IReadOnlyList<string> classes, CancellationToken cancellation)
    {
        foreach (ScoredRow row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            JsonLines.Write(output, new JsonObject
            {
                ["key"] = row.Key,
                ["predictedLabel"] = row.Predicted,
                ["scores"] = new JsonObject(classes.Select((name, index) => KeyValuePair.Create(name, Score(row.Scores[index])))),
            });
        }
        return Task.CompletedTask;
    }

    // JSON has no infinity and no NaN.
    private static JsonNode? Score(float value) => float.IsFinite(value) ? value : null;
}
