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
        Option<bool> markdown = new("--markdown") { Description = "Print it as tables for people." };
        Command command = new("schema", "Print the JSON schema of a pipeline.json (or of a card.json), for editors.") { of, markdown };
        command.SetAction(parsed =>
        {
            string schema = parsed.GetValue(of) == "card" ? OptionsSchema.Generate(typeof(BackboneCard), "Card of a backbone") : PipelineSchema.Json();
            context.Console.Output.Write(parsed.GetValue(markdown) ? FieldReference.Markdown(schema) : schema);
        });
        return command;
    }
}
