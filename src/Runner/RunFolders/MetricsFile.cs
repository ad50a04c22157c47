using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Pipelines.Tasks.Baselines;
using MLTransfer.Pipelines.Tasks.Events;
using MLTransfer.Runner.Displays;

namespace MLTransfer.Runner.RunFolders;

/// <summary>What goes into <c>metrics.json</c>.</summary>
internal static class MetricsFile
{
    /// <summary>The metrics of a run.</summary>
    /// <param name="result">The run.</param>
    /// <param name="writing">Time of the stages that came after it.</param>
    public static JsonObject Create(ClassificationRunResult result, IReadOnlyDictionary<RunStage, TimeSpan> writing)
    {
        var file = new JsonObject { ["task"] = JsonSerializer.SerializeToNode(result.Configuration.Task, StrictJson.Options) };
        if (result.Test is { } test)
            file["test"] = Metrics(test);
        if (result.Folds.Count > 0)
        {
            ClassificationMetrics[] folds = [.. result.Folds.Select(static fold => fold.Metrics)];
            file["validation"] = new JsonObject
            {
                ["mean"] = new JsonObject(MetricSpread.Over(folds).Select(static entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value.Mean))),
                ["standardDeviation"] = new JsonObject(MetricSpread.Over(folds).Select(static entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value.StandardDeviation))),
                ["folds"] = new JsonArray([.. folds.Select(Metrics)]),
            };
        }
        if (result.FineTuning is { } training)
        {
            file["fineTuning"] = new JsonObject
            {
                ["keptEpoch"] = training.KeptEpoch,
                ["stoppedEarly"] = training.StoppedEarly,
                ["epochs"] = JsonSerializer.SerializeToNode(training.Measures, StrictJson.Options),
            };
        }
        if (result.Baselines.Count > 0)
        {
            file["baselines"] = new JsonObject(result.Baselines.Select(baseline =>
                KeyValuePair.Create(BaselineChoice.NameOf(baseline.Baseline), (JsonNode?)Baseline(baseline, result.Test!))));
        }
        if (result.Tuning.Count > 0)
        {
            file["tuning"] = new JsonArray([.. result.Tuning.Select(static step => new JsonObject
            {
                ["head"] = step.Options.Description,
                ["accuracy"] = step.Accuracy,
                ["logLoss"] = step.LogLoss,
            })]);
        }
        file["classes"] = new JsonArray([.. result.Classes.Select(static name => (JsonNode?)name)]);
        file["seconds"] = new JsonObject(Enum.GetValues<RunStage>().Select(stage =>
            KeyValuePair.Create(stage.Name(), (JsonNode?)Math.Round((result.Elapsed.GetValueOrDefault(stage) + writing.GetValueOrDefault(stage)).TotalSeconds, 3))));
        file["rows"] = JsonSerializer.SerializeToNode(result.Rows, StrictJson.Options);
        using Process process = Process.GetCurrentProcess();
        file["peakMemoryBytes"] = process.PeakWorkingSet64;
        return file;
    }

    // The gain is what the fine-tuned model is better by.
    private static JsonObject Baseline(BaselineResult baseline, ClassificationMetrics tuned)
    {
        JsonObject metrics = Metrics(baseline.Metrics);
        metrics.Remove("perClass");
        metrics["gain"] = new JsonObject
        {
            ["accuracy"] = tuned.Accuracy - baseline.Metrics.Accuracy,
            ["macroF1"] = tuned.MacroF1 - baseline.Metrics.MacroF1,
            ["logLoss"] = baseline.Metrics.LogLoss - tuned.LogLoss,
        };
        metrics["seconds"] = Math.Round(baseline.Elapsed.TotalSeconds, 3);
        return metrics;
    }

    /// <summary>The metrics of a set of rows. The confusion matrix has a file of its own.</summary>
    public static JsonObject Metrics(ClassificationMetrics metrics)
    {
        JsonObject all = JsonSerializer.SerializeToNode(metrics, StrictJson.Options)!.AsObject();
        all.Remove("confusionMatrix");
        return all;
    }
}
