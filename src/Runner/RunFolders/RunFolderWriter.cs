using System.Text.Json.Nodes;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Pipelines.Features.NativeTokens;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Pipelines.Tasks.Events;
using MLTransfer.Runner.Charts;

namespace MLTransfer.Runner.RunFolders;

/// <summary>Writes the files of a run; the log is there already.</summary>
internal static class RunFolderWriter
{
    /// <summary>Writes all files, <c>metrics.json</c> last.</summary>
    /// <param name="folder">The folder in which they are made.</param>
    /// <param name="result">The run.</param>
    /// <param name="events">Told of the writing of the model.</param>
    /// <param name="cancellation">Stops between two files.</param>
    /// <returns>The content of <c>metrics.json</c>.</returns>
    public static async Task<JsonObject> WriteAsync(
        string folder, ClassificationRunResult result, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        string In(string name) => Path.Combine(folder, name);
        StageClock clock = new(events);
        clock.Start(RunStage.Model, null, "files", $"{RunFiles.Model}, and {RunFiles.OnnxModel} compared with it");
        AtomicFile.Write(In(RunFiles.Model), result.Model.Save);
        ModelTokenizers.SaveBeside(result.Model.Transformer, In(RunFiles.Model));
        string written = OnnxModelFile.TryWrite(folder, result.Examples, events, cancellation);
        if (result.Adapter is { } adapter)
            AtomicFile.Write(In(RunFiles.Adapter), adapter.Write);
        clock.Finish(written);
        cancellation.ThrowIfCancellationRequested();
        if (result.Scored.Count > 0)
        {
            ConfusionTable[] tables = result.Test is { } test ? [test.ConfusionMatrix] : [.. result.Folds.Select(static fold => fold.Metrics.ConfusionMatrix)];
            ConfusionTable table = ConfusionMatrixFile.Sum(tables);
            AtomicFile.Write(In(RunFiles.ConfusionMatrixTable), file => ConfusionMatrixFile.Write(file, table));
            AtomicFile.Write(In(RunFiles.ConfusionMatrixImage), file => ConfusionMatrixChart.Write(file, table));
            IEnumerable<ScoredRow>[] sets = [.. result.Scored.Select(view => ScoredRow.Read(view, result.Classes.Count))];
            await AtomicFile.WriteAsync(
                In(RunFiles.Predictions), file => PredictionsFile.WriteAsync(file, sets, result.Classes, hasLabel: true, cancellation)).ConfigureAwait(false);
        }
        PipelineConfiguration resolved = PipelineResolution.RelativeTo(result.Configuration, result.Configuration.Output);
        AtomicFile.Write(In(RunFiles.Resolved), StrictJson.Write(resolved));
        AtomicFile.Write(In(RunFiles.Environment), EnvironmentFile.Create(result));
        JsonObject metrics = MetricsFile.Create(result, clock.Elapsed);
        AtomicFile.Write(In(RunFiles.Metrics), metrics);
        return metrics;
    }
}
