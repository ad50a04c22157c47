using System.CommandLine;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Schemas;

namespace MLTransfer.Runner.Commands;

/// <summary><c>schema</c>: the JSON schema of a pipeline or of a backbone's card.</summary>
internal static class SchemaCommand
{
    public static Command Create(CommandContext context)
    {
        Option<string> of = new("--of") { Description = "pipeline or card.", DefaultValueFactory = static _ => "pipeline" };
        of.AcceptOnlyFromAmong("pipeline", "card");
        Command command = new("schema", "Print the JSON schema of a pipeline.json (or of a card.json), for editors.") { of };
        command.SetAction(parsed => context.Console.Output.Write(
            parsed.GetValue(of) == "card" ? OptionsSchema.Generate(typeof(BackboneCard), "Card of a backbone") : PipelineSchema.Json()));
        return command;
    }
}
