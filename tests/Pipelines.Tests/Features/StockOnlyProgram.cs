using System.Diagnostics;
using System.Text.Json;

namespace MLTransfer.Pipelines.Tests.Features;

/// <summary>Runs a saved model in a process that knows ML.NET's own packages only.</summary>
internal static class StockOnlyProgram
{
    /// <summary>Predicts rows.</summary>
    /// <param name="model">The zip.</param>
    /// <param name="columns">Names of the columns, separated by commas.</param>
    /// <param name="rows">One string a row; columns separated by tabs.</param>
    public static async Task<IReadOnlyList<StockPrediction>> PredictAsync(string model, string columns, IEnumerable<string> rows)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        string program = Path.Combine(Repository.Root, "tests", "StockOnly", "bin", configuration, "net10.0", "StockOnly.dll");
        ProcessStartInfo start = new("dotnet", [program, model, columns])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(string.Join('\n', rows));
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);
        return [.. (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => JsonSerializer.Deserialize<StockPrediction>(line, JsonSerializerOptions.Web)!)];
    }
}

/// <summary>What the program printed for a row.</summary>
internal sealed record StockPrediction(string Label, float[] Scores);
