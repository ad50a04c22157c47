using System.CommandLine;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Tasks;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Commands;

/// <summary>The argument of commands that use a trained model: a run folder, or a <c>model.zip</c>.</summary>
internal sealed class ModelArgument
{
    /// <summary>The argument.</summary>
    public Argument<string> Argument { get; } = new("model") { Description = "A run folder, or a model.zip." };

    /// <summary>Loads the model, and finds how its training data were read.</summary>
    /// <exception cref="UserException">There is no model.</exception>
    public (TrainedModel Model, DataSource? Data) Load(ParseResult parsed, RunnerConsole console)
    {
        string path = console.FullPath(parsed.GetRequiredValue(Argument));
        if (!Directory.Exists(path))
        {
            return File.Exists(path)
                ? (TrainedModel.Load(path), Sibling(path))
                : throw new UserException($"{path} does not exist. Expected a run folder, or a model.zip.");
        }
        string zip = Path.Combine(path, RunFiles.Model);
        string resolved = Path.Combine(path, RunFiles.Resolved);
        if (!File.Exists(zip) || !File.Exists(resolved) || !File.Exists(Path.Combine(path, RunFiles.Metrics)))
            throw new UserException($"{path} is no run folder: {RunFiles.Model}, {RunFiles.Resolved} or {RunFiles.Metrics} is missing. Run a pipeline first.");
        PipelineConfiguration configuration = PipelineFile.Read(resolved).Configuration;
        return (TrainedModel.Load(zip, configuration.Inference with { AllowFallback = true }), configuration.Data);
    }

    private static DataSource? Sibling(string zip)
    {
        string resolved = Path.Combine(Path.GetDirectoryName(zip)!, RunFiles.Resolved);
        return File.Exists(resolved) ? PipelineFile.Read(resolved).Configuration.Data : null;
    }
}
