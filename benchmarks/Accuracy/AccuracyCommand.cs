using System.CommandLine;
using System.Globalization;
using MLTransfer.Benchmarks.Data;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Heads;
using MLTransfer.Pipelines.Heads.Trainers;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Pipelines.Tasks.Events;

namespace MLTransfer.Benchmarks.Accuracy;

/// <summary>The test accuracy of the frozen path on five data sets, through the same pipeline that a user runs.</summary>
/// <remarks>Normalisation and regularisation are fitted and chosen on the training rows; the test rows are scored once, at the end.</remarks>
internal static class AccuracyCommand
{
    public static Command Create()
    {
        var dataSets = new Option<string[]>("--data")
        {
            Description = "Which data sets: " + string.Join(", ", AccuracyCase.All.Select(entry => entry.Name)) + ".",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [.. AccuracyCase.All.Select(entry => entry.Name)],
        };
        var normalization = new Option<FeatureNormalization>("--normalization")
        {
            Description = "What is done to the features before L-BFGS.",
            DefaultValueFactory = _ => new LbfgsHead().Normalization,
        };
        var command = new Command("accuracy", "Test accuracy of tuned L-BFGS heads, against scikit-learn's logistic regression.") { dataSets, normalization };
        command.SetAction(async (result, cancellation) =>
        {
            var head = new LbfgsHead { Tune = true, Normalization = result.GetValue(normalization) };
            Console.WriteLine("| data | rows | test rows | accuracy | target | off by | scikit-learn | macro F1 | log loss | ECE | L2 | data s | features s | head s |");
            Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|");
            foreach (string name in result.GetValue(dataSets)!)
                await MeasureAsync(AccuracyCase.All.Single(entry => entry.Name == name), head, cancellation);
        });
        return command;
    }

    private static async Task MeasureAsync(AccuracyCase entry, LbfgsHead head, CancellationToken cancellation)
    {
        string work = Directory.CreateTempSubdirectory("mltransfer-accuracy-").FullName;
        try
        {
            string folder = SharedFiles.DataSet(entry.Name);
            DataSource data = entry.Data with { Train = Path.Combine(folder, entry.Data.Train), OnError = RowErrorPolicy.Fail };
            data = data.Test is null ? EveryFifthRow.Split(data, work) : data with { Test = Path.Combine(folder, data.Test) };
            var configuration = new PipelineConfiguration { Task = LearningTask.MulticlassClassification, Data = data, Features = [entry.Input], Head = head };
            var resolved = PipelineResolution.Resolve(new PipelineFile(Path.Combine(work, "pipeline.json"), configuration));
            using ClassificationRunResult run = await ClassificationRun.ExecuteAsync(resolved, work, new Warnings(), cancellation);
            var chosen = (LbfgsHead)run.Configuration.Head;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {entry.Name} | {run.Rows.Train} | {run.Rows.Test} | {run.Test!.Accuracy:F4} | {entry.Target} | {Math.Round(run.Test.Accuracy - entry.Target, 4):+0.0000;-0.0000;0} | {entry.Peer} | {run.Test.MacroF1:F4} | {run.Test.LogLoss:F4} | {run.Test.ExpectedCalibrationError:F4} | {chosen.L2Regularization} | {Seconds(RunStage.Data)} | {Seconds(RunStage.Features)} | {Seconds(RunStage.Training)} |"));

            string Seconds(RunStage stage) => run.Elapsed[stage].TotalSeconds.ToString("F1", CultureInfo.InvariantCulture);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private sealed class Warnings : IProgress<RunEvent>
    {
        public void Report(RunEvent value)
        {
            if (value is RunWarning warning)
                Console.Error.WriteLine(warning.Message);
        }
    }
}
