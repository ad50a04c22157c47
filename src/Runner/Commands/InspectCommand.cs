using System.CommandLine;
using System.Text.Json.Nodes;
using MLTransfer.Runner.Inspection;
using MLTransfer.Runner.Views;

namespace MLTransfer.Runner.Commands;

/// <summary><c>inspect</c>: what is in an ONNX file, a backbone, a saved model, or a run folder.</summary>
internal static class InspectCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> what = new("what") { Description = "An .onnx file, a backbone's name or folder, a model.zip, or a run folder." };
        Option<bool> parameters = new("--parameters") { Description = "List every stored tensor of an ONNX graph." };
        Command command = new("inspect", "Show what is in an ONNX file, a backbone, a model.zip or a run folder.") { what, parameters };
        command.SetAction(parsed =>
        {
            JsonObject report = Inspector.Inspect(parsed.GetRequiredValue(what), context.Console, parsed.GetValue(parameters));
            if (parsed.GetValue(context.Json))
            {
                JsonLines.Write(context.Console.Output, report);
                return ExitCode.Success;
            }
            foreach (string line in ObjectView.Lines(report))
                context.Console.Output.WriteLine(line);
            return ExitCode.Success;
        });
        return command;
    }
}
