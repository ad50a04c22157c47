using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace MLTransfer.Pipelines.Tests.Features.NativeTokens;

/// <summary>Another process that loads a saved text model, as an app with a reference to MLTransfer.Pipelines does: the test program itself.</summary>
internal static class TextModelProcess
{
    /// <summary>The model to read; set for the other process only.</summary>
    public const string ModelVariable = "MLTRANSFER_TEST_TEXT_MODEL";

    /// <summary>The file with the rows, beside which the other process writes what it made of them.</summary>
    public const string RowsVariable = "MLTRANSFER_TEST_TEXT_ROWS";

    /// <summary>Features of rows, or what the process said when it failed.</summary>
    public static async Task<(float[][]? Features, string Error)> FeaturesAsync(string zip, IEnumerable<TextPairRow> rows, string workingFolder)
    {
        string host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(rows), TestContext.Current.CancellationToken);

        // The test program runs one explicit test and nothing else.
        ProcessStartInfo start = new(
            host,
            ["exec", Assembly.GetExecutingAssembly().Location, "--explicit", "only", "--filter-method", $"*{nameof(ModelTokenizersTests.InAnotherProcess_ReadModel)}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder,
        };
        start.Environment[ModelVariable] = zip;
        start.Environment[RowsVariable] = file;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0
            ? (JsonSerializer.Deserialize<float[][]>(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)), "")
            : (null, await output + await error);
    }
}

/// <summary>A row with two texts.</summary>
internal sealed class TextPairRow
{
    public string Text { get; set; } = string.Empty;

    public string Other { get; set; } = string.Empty;
}
