using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Pipelines.Features.NativeTokens;

namespace MLTransfer.Pipelines.Tests.Features.NativeTokens;

/// <summary>Another process that loads a saved text model, as an app with a reference to MLTransfer.Pipelines does: the test program itself.</summary>
internal static class TextModelProcess
{
    private const string ModelVariable = "MLTRANSFER_TEST_TEXT_MODEL";

    /// <summary>Features of rows, or what the process said when it failed.</summary>
    public static async Task<(float[][]? Features, string Error)> FeaturesAsync(string zip, IEnumerable<TextPairRow> rows, string workingFolder)
    {
        string host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        ProcessStartInfo start = new(host, ["exec", Assembly.GetExecutingAssembly().Location])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingFolder,
        };
        start.Environment[ModelVariable] = zip;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(rows));
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode == 0 ? (JsonSerializer.Deserialize<float[][]>(await output), "") : (null, await error);
    }

    [ModuleInitializer]
    internal static void RunAsReader()
    {
        if (Environment.GetEnvironmentVariable(ModelVariable) is not { } zip)
        {
            return;
        }

        try
        {
            if (Directory.Exists(Path.ChangeExtension(zip, null) + ModelTokenizers.Suffix))
            {
                ModelTokenizers.Use(zip);
            }

            MLContext context = new();
            ITransformer model = context.Model.Load(zip, out _);
            IDataView rows = context.Data.LoadFromEnumerable(JsonSerializer.Deserialize<TextPairRow[]>(Console.In.ReadToEnd())!);
            Console.WriteLine(JsonSerializer.Serialize(model.Transform(rows).GetColumn<float[]>("Features").ToArray()));
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(exception);
            Environment.Exit(1);
        }

        Environment.Exit(0);
    }
}

/// <summary>A row with two texts.</summary>
internal sealed class TextPairRow
{
    public string Text { get; set; } = string.Empty;

    public string Other { get; set; } = string.Empty;
}
