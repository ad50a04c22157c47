using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Tasks;

namespace MLTransfer.Runner.RunFolders;

/// <summary>What goes into <c>environment.json</c>: what the result depends on beside the pipeline.</summary>
internal static class EnvironmentFile
{
    /// <summary>The environment of a run.</summary>
    public static JsonObject Create(ClassificationRunResult result) => new()
    {
        ["versions"] = Versions(result),
        ["hardware"] = new JsonObject
        {
            ["operatingSystem"] = RuntimeInformation.OSDescription,
            ["architecture"] = RuntimeInformation.ProcessArchitecture.ToString(),
            ["processor"] = Processor(),
            ["processorCount"] = Environment.ProcessorCount,
            ["memoryBytes"] = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        },
        ["inference"] = new JsonObject
        {
            ["provider"] = Name(result.Configuration.Inference.Provider),
            ["available"] = new JsonArray([.. SessionFactory.Available().Select(static provider => (JsonNode?)Name(provider))]),
        },
        ["dataFingerprint"] = result.Fingerprint,
        ["backbones"] = new JsonArray([.. result.Backbones.Select(static backbone => new JsonObject
        {
            ["name"] = backbone.Card.Name,
            ["sha256"] = BackboneFiles.Sha256(backbone.ModelPath),
            ["license"] = backbone.Card.License,
        })]),
        ["finished"] = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
    };

    private static JsonObject Versions(ClassificationRunResult result)
    {
        JsonObject versions = new()
        {
            ["mltransfer"] = Version(typeof(EnvironmentFile).Assembly),
            ["dotnet"] = RuntimeInformation.FrameworkDescription,
            ["mlNet"] = Version(typeof(MLContext).Assembly),
            ["onnxRuntime"] = OrtEnv.Instance().GetVersionString(),
        };
        if (result.FineTuning is not null)
            versions["torchSharp"] = Version(TorchRuntime.Assembly);
        return versions;
    }

    private static string Name(ExecutionProvider provider) => JsonSerializer.SerializeToElement(provider, StrictJson.Options).GetString()!;

    // Without the commit that the build adds after the plus sign.
    private static string? Version(Assembly assembly) => assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];

    private static string? Processor()
    {
        const string List = "/proc/cpuinfo";
        if (File.Exists(List))
        {
            string? line = File.ReadLines(List).FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal));
            return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
    }
}
