using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLTransfer.FineTuning.Rates;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Runner.Views;

namespace MLTransfer.Runner.Commands;

/// <summary><c>find-rate</c>: the range test of the learning rate for a pipeline's fine-tuning.</summary>
internal static class FindRateCommand
{
    private static readonly LearningRateRangeOptions Default = new();

    public static Command Create(CommandContext context)
    {
        PipelineArguments pipeline = new();
        Option<double> lowest = new("--lowest") { Description = "The learning rate of the first step.", HelpName = "rate", DefaultValueFactory = static _ => Default.Lowest };
        Option<double> highest = new("--highest") { Description = "The learning rate of the last step.", HelpName = "rate", DefaultValueFactory = static _ => Default.Highest };
        Option<int> steps = new("--steps") { Description = "The number of steps.", HelpName = "n", DefaultValueFactory = static _ => Default.Steps };
        Option<double> smoothing = new("--smoothing") { Description = "What a loss counts in the average of its neighbours, from step to step.", HelpName = "factor", DefaultValueFactory = static _ => Default.Smoothing };
        Option<double> stopAt = new("--stop-at") { Description = "End where the smoothed loss is this multiple of the lowest one.", HelpName = "multiple", DefaultValueFactory = static _ => Default.StopAt };
        Option<string?> output = new("--output", "-o") { Description = "Write the curve to this .csv file.", HelpName = "file" };
        Command command = new("find-rate", "Try learning rates for a pipeline's fine-tuning, and suggest one. No run folder is written.") { lowest, highest, steps, smoothing, stopAt, output };
        pipeline.AddTo(command, writesRun: false);
        command.SetAction((parsed, cancellation) => RunAsync(
            context,
            parsed,
            pipeline,
            new LearningRateRangeOptions
            {
                Lowest = parsed.GetValue(lowest),
                Highest = parsed.GetValue(highest),
                Steps = parsed.GetValue(steps),
                Smoothing = parsed.GetValue(smoothing),
                StopAt = parsed.GetValue(stopAt),
            },
            parsed.GetValue(output),
            cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        CommandContext context, ParseResult parsed, PipelineArguments arguments, LearningRateRangeOptions range, string? output, CancellationToken cancellation)
    {
        string? curve = output is null ? null : context.Console.FullPath(output);
        if (curve is not null && !curve.EndsWith(".csv", StringComparison.OrdinalIgnoreCase))
            throw new UserException($"--output {output}: expected a name that ends with .csv.");
        if (Directory.Exists(curve))
            throw new UserException($"--output {output} is a folder. Give the name of a file.");
        PipelineConfiguration resolved = PipelineResolution.Resolve(arguments.Read(parsed, context.Console));

        // Reading and computing block; the display draws meanwhile.
        LearningRateRange found = await context.Display(parsed).WatchAsync(events => Task.Run(
            () => LearningRateRun.Execute(resolved, range, static field => $"--{JsonNamingPolicy.KebabCaseLower.ConvertName(field)}", events, cancellation),
            cancellation)).ConfigureAwait(false);
        if (curve is not null)
            await RateCurveFile.WriteAsync(curve, found, cancellation).ConfigureAwait(false);
        Show(context, parsed, found, curve);
        return ExitCode.Success;
    }

    private static void Show(CommandContext context, ParseResult parsed, LearningRateRange found, string? curve)
    {
        if (parsed.GetValue(context.Json))
        {
            JsonLines.Write(context.Console.Output, new JsonObject
            {
                ["event"] = "result",
                ["suggestedRate"] = found.SuggestedRate,
                ["suggestedHeadRate"] = found.SuggestedHeadRate,
                ["diverged"] = found.Diverged,
                ["curve"] = new JsonArray([.. found.Curve.Select(static point => new JsonObject
                {
                    ["learningRate"] = point.LearningRate,
                    ["loss"] = point.Loss,
                    ["smoothedLoss"] = point.SmoothedLoss,
                })]),
                ["file"] = curve,
            });
            return;
        }
        if (parsed.GetValue(context.Quiet))
        {
            if (found.SuggestedRate is { } rate)
                context.Console.Output.WriteLine(rate.ToString("0.0e+0", CultureInfo.InvariantCulture));
            else
                context.Console.Error.WriteLine($"warning: {RateRangeView.NoSuggestion}");
            return;
        }
        foreach (string line in RateRangeView.Lines(found))
            context.Console.Output.WriteLine(line);
        if (curve is not null)
            context.Console.Output.WriteLine(Path.GetRelativePath(context.Console.WorkingDirectory, curve));
    }
}
