using System.Text.Json.Nodes;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Tests.Runs;

/// <summary>A pipeline on tiny data with a tiny backbone; it leaves nothing outside of its folder.</summary>
internal static class RunSetup
{
    /// <summary>The files of every run but one that trains adapters.</summary>
    public static IEnumerable<string> FilesWithoutAdapter => RunFiles.All.Where(static name => name != RunFiles.Adapter);

    /// <summary>Writes <c>pipeline.json</c> for class folders <c>train</c> and, where it is there, <c>test</c>.</summary>
    public static void WriteImagePipeline(TemporaryFolder folder, string data = "", string backbone = "tiny-image", string more = "")
    {
        string test = Directory.Exists(folder.PathOf("test")) ? """, "test": "test" """ : "";
        folder.Write("pipeline.json", $$"""
            {
              "task": "multiclass-classification",
              "data": { "train": "train"{{test}}{{data}} },
              "features": [{ "image": "ImagePath", "backbone": "{{backbone}}" }],
              "cache": { "directory": "kept" }{{more}}
            }
            """);
    }

    /// <summary>Writes <c>pipeline.json</c> for <c>train.csv</c> and, where it is there, <c>test.csv</c>.</summary>
    public static void WriteTextPipeline(TemporaryFolder folder, string data = "", string more = "", string input = "\"Text\"")
    {
        string test = File.Exists(folder.PathOf("test.csv")) ? """, "test": "test.csv" """ : "";
        folder.Write("pipeline.json", $$"""
            {
              "task": "multiclass-classification",
              "data": { "train": "train.csv"{{test}}{{data}} },
              "features": [{ "text": {{input}}, "backbone": "tiny-text" }],
              "cache": { "directory": "kept" }{{more}}
            }
            """);
    }

    /// <summary>The content of the run's <c>metrics.json</c>.</summary>
    public static JsonNode Metrics(TemporaryFolder folder, string run = "run") => JsonNode.Parse(File.ReadAllText(folder.PathOf($"{run}/metrics.json")))!;

    /// <summary>Asserts that a call ended as a user's mistake, without a stack trace and without a run folder or leftovers of one.</summary>
    public static void AssertMistake(RunnerCall call, TemporaryFolder folder, params string[] expected)
    {
        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.StartsWith("error: ", call.Error[call.Error.IndexOf("error: ", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", call.Error, StringComparison.Ordinal);
        foreach (string part in expected)
            Assert.Contains(part, call.Error, StringComparison.Ordinal);
        AssertNoLeftovers(folder);
        Assert.False(Directory.Exists(folder.PathOf("run")));
    }

    /// <summary>Asserts that nothing hidden or temporary lies beside the run folder.</summary>
    public static void AssertNoLeftovers(TemporaryFolder folder) => Assert.DoesNotContain(
        Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName), static name => name!.StartsWith('.') || name.EndsWith(".tmp", StringComparison.Ordinal));
}
