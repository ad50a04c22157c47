using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Tasks.Events;
using MLTransfer.Runner.Views;

namespace MLTransfer.Runner.Commands;

/// <summary><c>backbones</c>: which pretrained networks can be named, and getting their files.</summary>
internal static class BackbonesCommand
{
    public static Command Create(CommandContext context)
    {
        Option<string?> download = new("--download") { Description = "Download the files of this backbone and check them.", HelpName = "name" };
        Option<string?> verify = new("--verify") { Description = "Check the files of this backbone against its card.", HelpName = "name" };
        Option<bool> allowUnverified = new("--allow-unverified") { Description = "Accept files whose SHA-256 nobody has verified." };
        Command command = new("backbones", "List the backbones that can be named, or download one.") { download, verify, allowUnverified };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (parsed.GetValue(download) is { } wanted)
                return await DownloadAsync(context, parsed, wanted, parsed.GetValue(allowUnverified), cancellation).ConfigureAwait(false);
            if (parsed.GetValue(verify) is { } name)
                return await VerifyAsync(context, parsed, name, cancellation).ConfigureAwait(false);
            return List(context, parsed);
        });
        return command;
    }

    private static int List(CommandContext context, ParseResult parsed)
    {
        JsonObject[] rows = [.. BackboneCatalog.List().Select(Describe)];
        if (parsed.GetValue(context.Json))
        {
            foreach (JsonObject row in rows)
                JsonLines.Write(context.Console.Output, row);
            return ExitCode.Success;
        }
        foreach (string line in ObjectView.Table(rows))
            context.Console.Output.WriteLine(line);
        return ExitCode.Success;
    }

    private static JsonObject Describe(Backbone backbone) => new()
    {
        ["name"] = backbone.Card.Name,
        ["reads"] = backbone.Card.Modality == Modality.Image ? "image" : "text",
        ["installed"] = BackboneCatalog.IsInstalled(backbone),
        ["license"] = backbone.Card.License ?? "",
        ["description"] = backbone.Card.Description ?? "",
    };

    private static async Task<int> DownloadAsync(
        CommandContext context, ParseResult parsed, string name, bool allowUnverified, CancellationToken cancellation)
    {
        BackboneOptions options = new() { Download = true, AllowUnverified = allowUnverified };
        Backbone backbone = await context.Display(parsed).WatchAsync(
            events => Backbone.LoadAsync(name, options, new DownloadEvents(events), cancellation)).ConfigureAwait(false);
        return Report(context, parsed, backbone, "downloaded");
    }

    private static async Task<int> VerifyAsync(CommandContext context, ParseResult parsed, string name, CancellationToken cancellation) =>
        Report(context, parsed, await Backbone.LoadAsync(name, cancellationToken: cancellation).ConfigureAwait(false), "verified");

    private static int Report(CommandContext context, ParseResult parsed, Backbone backbone, string what)
    {
        if (parsed.GetValue(context.Json))
        {
            JsonLines.Write(context.Console.Output, new JsonObject { ["event"] = what, ["name"] = backbone.Card.Name, ["model"] = backbone.ModelPath });
            return ExitCode.Success;
        }
        string hash = backbone.Card.Sha256 is null ? "; its card has no SHA-256 to check it against" : "";
        context.Console.Output.WriteLine($"{backbone.Card.Name} {what}: {backbone.ModelPath}{hash}");
        return ExitCode.Success;
    }

    private sealed class DownloadEvents(IProgress<RunEvent> events) : IProgress<DownloadProgress>
    {
        private string? _file;

        public void Report(DownloadProgress value)
        {
            if (_file != value.File)
            {
                _file = value.File;
                string size = value.BytesTotal is { } total ? string.Create(CultureInfo.InvariantCulture, $", {total / 1e6:0.0} MB") : "";
                events.Report(new StageStarted(RunStage.Data, value.BytesTotal, "bytes", value.File + size));
            }
            events.Report(new StageAdvanced(RunStage.Data, value.BytesDone));
        }
    }
}
