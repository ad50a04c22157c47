using System.CommandLine;
using MLTransfer.Pipelines.Configuration;

namespace MLTransfer.Runner.Commands;

/// <summary>The arguments of commands that take a pipeline.</summary>
internal sealed class PipelineArguments
{
    private readonly Argument<string> _file = new("pipeline") { Description = "The pipeline.json, or the folder that it lies in." };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Override one value, for example head.trainer=sdca or features[0].backbone=resnet18. Can be given several times.",
        HelpName = "path=value",
        AllowMultipleArgumentsPerToken = false,
    };

    private readonly Option<string?> _output = new("--output", "-o") { Description = "The run folder, in place of the pipeline's.", HelpName = "folder" };

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="writesRun">Whether it has to do with the run folder.</param>
    public void AddTo(Command command, bool writesRun = true)
    {
        command.Arguments.Add(_file);
        command.Options.Add(_set);
        if (writesRun)
            command.Options.Add(_output);
    }

    /// <summary>Reads the pipeline that is named, overrides applied.</summary>
    public PipelineFile Read(ParseResult parsed, RunnerConsole console)
    {
        List<string> overrides = [.. parsed.GetValue(_set) ?? []];
        PipelineFile file = PipelineFile.Read(console.FullPath(parsed.GetRequiredValue(_file)), overrides);
        return parsed.GetValue(_output) is { } output ? file with { Configuration = file.Configuration with { Output = console.FullPath(output) } } : file;
    }
}
