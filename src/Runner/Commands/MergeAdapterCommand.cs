using System.CommandLine;
using System.Text.Json.Nodes;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Runner.RunFolders;
using MLTransfer.Runner.Views;

namespace MLTransfer.Runner.Commands;

/// <summary><c>merge-adapter</c>: low-rank adapters into the backbone that they were trained on.</summary>
internal static class MergeAdapterCommand
{
    public static Command Create(CommandContext context)
    {
        Argument<string> backbone = new("backbone") { Description = "The backbone that the adapter was trained on: a name of the catalog, a folder with a card.json, or an .onnx file." };
        Argument<string> adapter = new("adapter") { Description = $"The {RunFiles.Adapter} of a run, or the run folder." };
        Option<string> output = new("--output", "-o") { Description = "A new folder for the merged backbone with card and tokenizer; or a file that ends with .onnx, for the graph alone.", HelpName = "path", Required = true };
        Command command = new("merge-adapter", "Write a backbone whose weights are the sum of its own and a trained adapter.") { backbone, adapter, output };
        command.SetAction((parsed, cancellation) => Task.Run(
            () => Merge(context, parsed, parsed.GetRequiredValue(backbone), context.Console.FullPath(parsed.GetRequiredValue(adapter)), context.Console.FullPath(parsed.GetRequiredValue(output))),
            cancellation));
        return command;
    }

    private static int Merge(CommandContext context, ParseResult parsed, string name, string path, string output)
    {
        LoraAdapter adapter = LoraAdapter.Load(Directory.Exists(path) ? Path.Combine(path, RunFiles.Adapter) : path);
        string there = context.Console.FullPath(name);
        Backbone backbone = Backbone.Load(Path.Exists(there) ? there : name);
        if (output.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            if (Path.Exists(output))
                throw new UserException($"{output} exists already. Give a new file, so that nothing is overwritten.");
            OnnxModel merged = adapter.Merge(backbone);
            Directory.CreateDirectory(Path.GetDirectoryName(output)!);
            merged.Save(output);
        }
        else
        {
            adapter.Merge(backbone, output);
        }
        JsonObject result = new()
        {
            ["path"] = output,
            ["backbone"] = adapter.Backbone,
            ["rank"] = adapter.Rank,
            ["alpha"] = adapter.Alpha,
            ["weights"] = adapter.Targets.Count,
            ["classes"] = adapter.Classes.Count,
        };
        if (parsed.GetValue(context.Json))
        {
            JsonLines.Write(context.Console.Output, new JsonObject { ["event"] = "result", ["merged"] = result });
            return ExitCode.Success;
        }
        if (!parsed.GetValue(context.Quiet))
        {
            foreach (string line in ObjectView.Lines(result))
                context.Console.Output.WriteLine(line);
        }
        return ExitCode.Success;
    }
}
