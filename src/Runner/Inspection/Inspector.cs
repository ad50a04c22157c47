using System.Text.Json.Nodes;
using MLTransfer.Models.Errors;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Inspection;

/// <summary>Finds out what a path or name is, and describes it.</summary>
internal static class Inspector
{
    /// <summary>The description.</summary>
    /// <exception cref="UserException">It is nothing that can be inspected, or it is broken.</exception>
    public static JsonObject Inspect(string what, RunnerConsole console, bool listParameters)
    {
        string path = console.FullPath(what);
        if (Directory.Exists(path))
        {
            return File.Exists(Path.Combine(path, RunFiles.Metrics))
                ? RunInspection.Describe(path)
                : BackboneInspection.Describe(path, listParameters);
        }
        if (!File.Exists(path))
            return BackboneInspection.Describe(what, listParameters);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".onnx" => GraphInspection.Describe(path, listParameters),
            ".zip" => ModelInspection.Describe(path),
            ".json" when Path.GetFileName(path) == "card.json" => BackboneInspection.Describe(path, listParameters),
            _ => throw new UserException($"{path} is nothing to inspect. Expected an .onnx file, a backbone, a model.zip, or a run folder."),
        };
    }
}
