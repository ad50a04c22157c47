using System.Text.Json.Nodes;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;

namespace MLTransfer.Pipelines.Configuration;

/// <summary>A pipeline as it was read, and the folder that its relative paths are relative to.</summary>
/// <param name="Path">Full path of the file.</param>
/// <param name="Configuration">The content, overrides applied.</param>
internal sealed record PipelineFile(string Path, PipelineConfiguration Configuration)
{
    /// <summary>The folder that relative paths are relative to.</summary>
    public string Directory => System.IO.Path.GetDirectoryName(Path)!;

    /// <summary>Reads a pipeline file.</summary>
    /// <param name="path">The file; a folder stands for the <c>pipeline.json</c> in it.</param>
    /// <param name="overrides">Assignments <c>path=value</c> that are applied in their order, see <see cref="ConfigurationOverride"/>.</param>
    /// <exception cref="UserException">The file is missing or wrong; the message names line, column and the nearest valid name.</exception>
    public static PipelineFile Read(string path, IReadOnlyList<string>? overrides = null)
    {
        string file = System.IO.Directory.Exists(path) ? System.IO.Path.Combine(path, "pipeline.json") : path;
        if (!File.Exists(file))
            throw new UserException($"The pipeline file {file} does not exist. `new DATA` writes one for your data.");
        byte[] text = ReadBytes(file);
        return new PipelineFile(System.IO.Path.GetFullPath(file), Parse(text, file, overrides ?? []));
    }

    private static byte[] ReadBytes(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UserException($"The pipeline file {file} cannot be read: {error.Message}", error);
        }
    }

    private static PipelineConfiguration Parse(byte[] text, string file, IReadOnlyList<string> overrides)
    {
        if (overrides.Count == 0)
            return StrictJson.Parse<PipelineConfiguration>(text, file);

        // The file as it stands is checked first: its errors have a place. An override may mend the file, so such an error counts only where the
        // result is wrong too.
        UserException? ofFile = null;
        try
        {
            StrictJson.Parse<PipelineConfiguration>(text, file);
        }
        catch (UserException error)
        {
            ofFile = error;
        }

        JsonNode root = ConfigurationOverride.Root(text) ?? throw ofFile ?? new UserException($"{file} is not a JSON object.");
        foreach (string assignment in overrides)
            ConfigurationOverride.Parse(assignment).Apply(root);
        try
        {
            return ConfigurationOverride.Read<PipelineConfiguration>(root, string.Join(' ', overrides.Select(static assignment => $"--set {assignment}")));
        }
        catch (UserException) when (ofFile is not null)
        {
            throw ofFile;
        }
    }
}
