using System.CommandLine;
using System.Text.Json.Nodes;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Pipelines.Tasks.Events;
using MLTransfer.Runner.Displays;
using MLTransfer.Runner.RunFolders;
using MLTransfer.Runner.Views;

namespace MLTransfer.Runner.Commands;

/// <summary><c>run</c>: a pipeline file in, a run folder out.</summary>
internal static class RunCommand
{
    public static Command Create(CommandContext context)
    {
        PipelineArguments pipeline = new();
        Command command = new("run", "Train and measure a model as a pipeline.json says, and write the run folder. The default command.");
        pipeline.AddTo(command);
        Option<bool> resume = new("--resume") { Description = "Go on with a fine-tuning that was stopped, from its checkpoint; without one it begins anew." };
        command.Options.Add(resume);
        command.SetAction((parsed, cancellation) => RunAsync(context, parsed, pipeline, parsed.GetValue(resume), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, ParseResult parsed, PipelineArguments arguments, bool resume, CancellationToken cancellation)
    {
        PipelineFile file = arguments.Read(parsed, context.Console);
        PipelineConfiguration resolved = PipelineResolution.Resolve(file);
        if (resume && resolved.FineTune is null)
            throw new UserException("--resume goes on with a fine-tuning, and the pipeline has no section 'fineTune'. Run it without --resume.");
        using RunFolder folder = RunFolder.Begin(resolved.Output);
        IRunDisplay display = context.Display(parsed);
        JsonObject metrics;
        using (RunLog log = new(Path.Combine(folder.WorkPath, RunFiles.Log)))
        {
            log.Write($"pipeline {file.Path}");
            try
            {
                metrics = await display.WatchAsync(
                    events => RunAsync(resolved, folder, resume, new EventFork(events, log), cancellation)).ConfigureAwait(false);
            }
            catch (Exception error) when (Failure.Describe(error).Code == ExitCode.MachineFailure)
            {
                FailedLog.Keep(log, error, resolved.Output);
                throw;
            }
            foreach (string line in ResultView.Lines(metrics))
                log.Write(line);
        }
        cancellation.ThrowIfCancellationRequested();
        folder.Complete();
        FineTuneRun.DeleteCheckpoints(RunFolder.CheckpointPath(resolved.Output));
        FailedLog.Remove(resolved.Output);
        Show(context, parsed, resolved.Output, metrics);
        return ExitCode.Success;
    }

    private static async Task<JsonObject> RunAsync(
        PipelineConfiguration resolved, RunFolder folder, bool resume, IProgress<RunEvent> events, CancellationToken cancellation)
    {
        // Reading and computing block; the display draws meanwhile.
        using ClassificationRunResult result = await Task.Run(
            () => resolved.FineTune is null
                ? ClassificationRun.ExecuteAsync(resolved, folder.WorkPath, events, cancellation)
                : Task.FromResult(FineTuneRun.Execute(resolved, folder.WorkPath, RunFolder.CheckpointPath(resolved.Output), resume, events, cancellation)),
            cancellation).ConfigureAwait(false);
        return await RunFolderWriter.WriteAsync(folder.WorkPath, result, events, cancellation).ConfigureAwait(false);
    }

    private static void Show(CommandContext context, ParseResult parsed, string output, JsonObject metrics)
    {
        string[] files = [.. RunFiles.All.Append(RunFiles.Tokenizers).Select(name => Path.Combine(output, name)).Where(Path.Exists)];
        if (parsed.GetValue(context.Json))
        {
            JsonLines.Write(context.Console.Output, new JsonObject
            {
                ["event"] = "result",
                ["output"] = output,
                ["metrics"] = metrics.DeepClone(),
                ["files"] = new JsonArray([.. files.Select(static path => (JsonNode?)path)]),
            });
        }
        else if (parsed.GetValue(context.Quiet))
        {
            context.Console.Output.WriteLine(output);
        }
        else
        {
            ResultView.Write(context.Console, metrics, files);
        }
    }
}
