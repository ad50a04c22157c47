using System.Diagnostics;
using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests;

/// <summary><c>-p:UseGpu=true</c> swaps packages. The projects are evaluated, not restored: the CUDA packages are not served everywhere.</summary>
public class GpuSwitchTests
{
    [Theory]
    [InlineData("Models", "Microsoft.ML.OnnxRuntime", "Microsoft.ML.OnnxRuntime.Gpu")]
    [InlineData("FineTuning", "TorchSharp-cpu", "TorchSharp-cuda-linux")]
    public async Task UseGpu_Project_SwapsItsNativePackage(string project, string cpu, string gpu)
    {
        string[] plain = await ReferencesAsync(project);
        string[] swapped = await ReferencesAsync(project, "-p:UseGpu=true");

        Assert.Contains(cpu, plain);
        Assert.DoesNotContain(gpu, plain);
        Assert.Contains(gpu, swapped);
        Assert.DoesNotContain(cpu, swapped);
        Assert.Equal(plain.Except([cpu]).Order(), swapped.Except([gpu]).Order());
    }

    private static async Task<string[]> ReferencesAsync(string project, params string[] properties)
    {
        string path = Repository.PathOf("src", project, $"MLTransfer.{project}.csproj");
        ProcessStartInfo start = new("dotnet", ["msbuild", path, "-getItem:PackageReference", .. properties]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return [.. JsonNode.Parse(output)!["Items"]!["PackageReference"]!.AsArray().Select(static item => (string)item!["Identity"]!)];
    }
}
