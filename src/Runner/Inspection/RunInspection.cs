using System.Text.Json;
using System.Text.Json.Nodes;
using MLTransfer.Models.Errors;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Inspection;

/// <summary>Describes a run folder.</summary>
internal static class RunInspection
{
    /// <summary>The pipeline in force, the metrics, the environment and the files of a run.</summary>
    /// <exception cref="UserException">A file of the run is broken.</exception>
    public static JsonObject Describe(string folder) => new()
    {
        ["kind"] = "run",
        ["folder"] = folder,
        ["metrics"] = Read(folder, RunFiles.Metrics),
        ["environment"] = Read(folder, RunFiles.Environment),
        ["pipeline"] = Read(folder, RunFiles.Resolved),
        ["files"] = new JsonArray([.. RunFiles.All.Where(name => File.Exists(Path.Combine(folder, name))).Select(name => new JsonObject
        {
            ["name"] = name,
            ["bytes"] = new FileInfo(Path.Combine(folder, name)).Length,
        })]),
    };

    private static JsonNode? Read(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonNode.Parse(File.ReadAllText(path));
        }
        catch (JsonException error)
        {
            throw new UserException($"{path} is broken: {error.Message} Run the pipeline again.", error);
        }
    }
}
