using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Tasks.Suggestions;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Commands;

/// <summary><c>new</c>: a pipeline file for data, by looking at them.</summary>
internal static class NewCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create(CommandContext context)
    {
        Argument<string> data = new("data") { Description = "A folder of class folders, a folder with train and test, or a table." };
        Option<string> output = new("--output", "-o") { Description = "The file to write.", DefaultValueFactory = static _ => "pipeline.json", HelpName = "file" };
        Option<string?> label = new("--label") { Description = "The label column of a table.", HelpName = "column" };
        Option<bool> force = new("--force") { Description = "Replace the file if it is there." };
        Command command = new("new", "Write a pipeline.json for your data.") { data, output, label, force };
        command.SetAction(parsed =>
        {
            string path = context.Console.FullPath(parsed.GetRequiredValue(output));
            if (File.Exists(path) && !parsed.GetValue(force))
                throw new UserException($"{path} exists already. Give another name with --output, or --force to replace it.");
            var suggestion = PipelineSuggestion.For(context.Console.FullPath(parsed.GetRequiredValue(data)), parsed.GetValue(label));
            string folder = Path.GetDirectoryName(path)!;
            JsonObject file = Content(suggestion.Configuration, folder);
            AtomicFile.Write(path, file.ToJsonString(Indented) + "\n");
            if (parsed.GetValue(context.Json))
            {
                JsonLines.Write(context.Console.Output, new JsonObject
                {
                    ["event"] = "written",
                    ["path"] = path,
                    ["reasons"] = new JsonArray([.. suggestion.Reasons.Select(static reason => (JsonNode?)reason)]),
                });
            }
            else if (!parsed.GetValue(context.Quiet))
            {
                foreach (string reason in suggestion.Reasons)
                    context.Console.Output.WriteLine(reason);
                context.Console.Output.WriteLine($"Written: {Path.GetRelativePath(context.Console.WorkingDirectory, path)}. Run it: mltransfer {Path.GetRelativePath(context.Console.WorkingDirectory, path)}");
            }
            return ExitCode.Success;
        });
        return command;
    }

    // What a person would write: the fields that say something, in the order in which they are read.
    private static JsonObject Content(PipelineConfiguration suggestion, string folder)
    {
        PipelineConfiguration relative = PipelineResolution.RelativeTo(suggestion, folder);
        JsonObject all = JsonSerializer.SerializeToNode(relative with { Output = "run" }, StrictJson.Options)!.AsObject();
        JsonObject file = new();
        if (Schema(folder) is { } schema)
            file["$schema"] = schema;
        file["task"] = all["task"]!.DeepClone();
        file["data"] = Without(all["data"]!, JsonSerializer.SerializeToNode(new Pipelines.Data.DataSource(), StrictJson.Options)!);
        file["features"] = new JsonArray([.. all["features"]!.AsArray().Select(static input => (JsonNode?)Without(input!, JsonSerializer.SerializeToNode(new FeatureInput(), StrictJson.Options)!))]);
        file["output"] = "run";
        return file;
    }

    private static JsonObject Without(JsonNode value, JsonNode defaults) => new(value.AsObject()
        .Where(field => !JsonNode.DeepEquals(field.Value, defaults[field.Key]))
        .Select(static field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));

    private static string? Schema(string folder)
    {
        for (string? above = folder; above is not null; above = Path.GetDirectoryName(above))
        {
            string path = Path.Combine(above, "schemas", "pipeline.schema.json");
            if (File.Exists(path))
                return Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
        }
        return null;
    }
}
