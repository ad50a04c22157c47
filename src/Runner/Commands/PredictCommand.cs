using System.CommandLine;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Runner.Predictions;

namespace MLTransfer.Runner.Commands;

/// <summary><c>predict</c>: labels for new rows.</summary>
internal static class PredictCommand
{
    public static Command Create(CommandContext context)
    {
        ModelArgument model = new();
        Argument<string?> input = new("input")
        {
            Description = "An image, a folder of images, or a table with the model's columns.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string[]> text = new("--text") { Description = "A text to classify. Can be given several times.", HelpName = "text" };
        Option<string?> output = new("--output", "-o")
        {
            Description = "Write to this file: .csv, .jsonl or .parquet. Without it, a table is printed (JSON lines with --json).",
            HelpName = "file",
        };
        Command command = new("predict", "Predict the labels of new images, texts or table rows.") { model.Argument, input, text, output };
        command.SetAction((parsed, cancellation) =>
        {
            string[] texts = parsed.GetValue(text) ?? [];
            string? path = parsed.GetValue(input);
            if (path is null == (texts.Length == 0))
                throw new UserException("Give either an input (an image, a folder of images, a table) or --text.");
            IPredictionWriter writer = PredictionWriters.Create(parsed.GetValue(output), parsed.GetValue(context.Json), context.Console);
            return Task.Run(() => Predict(context, parsed, model, path, texts, writer, cancellation), cancellation);
        });
        return command;
    }

    private static async Task<int> Predict(
        CommandContext context, ParseResult parsed, ModelArgument argument, string? path, string[] texts, IPredictionWriter writer, CancellationToken cancellation)
    {
        (TrainedModel model, _) = argument.Load(parsed, context.Console);
        using (model)
        {
            InputRows rows = path is null
                ? InputRows.OfTexts(texts, model, cancellation)
                : InputRows.ForPrediction(context.Console.FullPath(path), model, cancellation);
            foreach (string warning in rows.Warnings)
                context.Console.Error.WriteLine($"warning: {warning}");
            await writer.WriteAsync(model.Predict(rows.Rows.View, null), model.Classes, cancellation).ConfigureAwait(false);
        }
        return ExitCode.Success;
    }
}
