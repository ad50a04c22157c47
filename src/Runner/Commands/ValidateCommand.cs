using System.CommandLine;
using System.Text.Json.Nodes;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Runner.RunFolders;
using MLTransfer.Runner.Views;

namespace MLTransfer.Runner.Commands;

/// <summary><c>validate</c>: everything that can be wrong with a pipeline, found without computing features.</summary>
internal static class ValidateCommand
{
    public static Command Create(CommandContext context)
    {
        PipelineArguments pipeline = new();
        Command command = new("validate", "Check a pipeline, its data and its backbones, and say what it would do.");
        pipeline.AddTo(command);
        command.SetAction((parsed, cancellation) => Task.FromResult(Validate(context, parsed, pipeline, cancellation)));
        return command;
    }

    private static int Validate(CommandContext context, ParseResult parsed, PipelineArguments arguments, CancellationToken cancellation)
    {
        PipelineFile file = arguments.Read(parsed, context.Console);
        PipelineConfiguration resolved = PipelineResolution.Resolve(file);
        RunFolder.Check(resolved.Output);
        IReadOnlyList<Backbone> backbones = BackboneLoading.Load(resolved);
        string? trains = FeatureGraphCheck.Check(resolved, backbones);
        var data = Dataset.Open(resolved.Data, PipelineResolution.Columns(resolved), file.Directory, resolved.Seed, null, cancellation);
        string[] warnings = [.. DataReportText.Lines(data.Report)];

        JsonObject report = new()
        {
            ["pipeline"] = file.Path,
            ["trainingRows"] = data.Train.Count,
            ["testRows"] = data.Test?.Count ?? 0,
            ["folds"] = data.Folds.Count,
            ["skippedRows"] = data.Report.RowsSkipped,
            ["classes"] = new JsonArray([.. data.Classes.Select(static name => (JsonNode?)name)]),
            ["backbones"] = new JsonArray([.. backbones.Select(static backbone => (JsonNode?)backbone.Card.Name)]),
            ["output"] = resolved.Output,
        };
        if (trains is not null)
            report.Insert(report.IndexOf("output"), "trains", trains);
        if (parsed.GetValue(context.Json))
        {
            report["warnings"] = new JsonArray([.. warnings.Select(static warning => (JsonNode?)warning)]);
            report.Insert(0, "event", "valid");
            JsonLines.Write(context.Console.Output, report);
            return ExitCode.Success;
        }
        foreach (string warning in warnings)
            context.Console.Error.WriteLine($"warning: {warning}");
        if (!parsed.GetValue(context.Quiet))
        {
            foreach (string line in ObjectView.Lines(report))
                context.Console.Output.WriteLine(line);
        }
        return ExitCode.Success;
    }
}
