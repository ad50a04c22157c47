using System.CommandLine;
using System.Text.Json.Nodes;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Runner.RunFolders;
using MLTransfer.Runner.Views;

namespace MLTransfer.Runner.Commands;

/// <summary><c>evaluate</c>: the metrics of a trained model on other rows.</summary>
internal static class EvaluateCommand
{
    public static Command Create(CommandContext context)
    {
        ModelArgument model = new();
        Argument<string> data = new("data") { Description = "A folder of class folders, or a table with the model's columns and the label." };
        Option<string?> label = new("--label") { Description = "The label column, where it is called otherwise than in training.", HelpName = "column" };
        Option<string?> output = new("--output", "-o") { Description = "Write the metrics to this JSON file.", HelpName = "file" };
        Command command = new("evaluate", "Measure a trained model on labelled data.") { model.Argument, data, label, output };
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Evaluate(context, parsed, model, context.Console.FullPath(parsed.GetRequiredValue(data)), parsed.GetValue(label), parsed.GetValue(output), cancellation),
            cancellation));
        return command;
    }

    private static int Evaluate(
        CommandContext context, ParseResult parsed, ModelArgument argument, string data, string? label, string? output, CancellationToken cancellation)
    {
        (TrainedModel model, DataSource? trained) = argument.Load(parsed, context.Console);
        using (model)
        {
            DataSource source = trained ?? new DataSource();
            source = source with { Label = label ?? source.Label };
            InputRows rows = InputRows.ForEvaluation(data, source, model, cancellation);
            foreach (string warning in rows.Warnings)
                context.Console.Error.WriteLine($"warning: {warning}");
            JsonObject metrics = new() { ["test"] = MetricsFile.Metrics(model.Evaluate(rows.Rows.View, source.Label)) };
            if (output is not null)
                AtomicFile.Write(context.Console.FullPath(output), metrics);
            if (parsed.GetValue(context.Json))
                JsonLines.Write(context.Console.Output, new JsonObject { ["event"] = "result", ["metrics"] = metrics });
            else if (!parsed.GetValue(context.Quiet))
                ResultView.WriteMetrics(context.Console, metrics);
        }
        return ExitCode.Success;
    }
}
