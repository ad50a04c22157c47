using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests;

/// <summary>A call of the command line inside the test process.</summary>
/// <param name="ExitCode">What the process would have ended with.</param>
/// <param name="Output">The standard output.</param>
/// <param name="Error">The error stream.</param>
internal sealed record RunnerCall(int ExitCode, string Output, string Error)
{
    /// <summary>The standard output as JSON lines.</summary>
    public IReadOnlyList<JsonObject> Lines =>
        [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!.AsObject())];

    /// <summary>Calls it.</summary>
    /// <param name="folder">The working directory.</param>
    /// <param name="arguments">The arguments.</param>
    public static Task<RunnerCall> InAsync(TemporaryFolder folder, params string[] arguments) =>
        InAsync(folder, TestContext.Current.CancellationToken, arguments);

    /// <summary>Calls it with JSON lines as output, and cancels it when a line with certain parts appears.</summary>
    /// <param name="folder">The working directory.</param>
    /// <param name="parts">The parts that a line must have.</param>
    /// <param name="arguments">The arguments.</param>
    public static async Task<RunnerCall> CancelledAtAsync(TemporaryFolder folder, string[] parts, params string[] arguments)
    {
        using CancellationTokenSource source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using WatchingWriter output = new(line =>
        {
            if (Array.TrueForAll(parts, part => line.Contains(part, StringComparison.Ordinal)))
                source.Cancel();
        });
        await using StringWriter error = new();
        int code = await CommandLine.RunAsync(
            [.. arguments, "--json"], new RunnerConsole(TextWriter.Synchronized(output), TextWriter.Synchronized(error), folder.Path), source.Token);
        return new RunnerCall(code, output.ToString(), error.ToString());
    }

    /// <summary>Calls it with a cancellation.</summary>
    public static async Task<RunnerCall> InAsync(TemporaryFolder folder, CancellationToken cancellation, params string[] arguments)
    {
        await using StringWriter output = new();
        await using StringWriter error = new();
        int code = await CommandLine.RunAsync(
            arguments, new RunnerConsole(TextWriter.Synchronized(output), TextWriter.Synchronized(error), folder.Path), cancellation);
        return new RunnerCall(code, output.ToString(), error.ToString());
    }

    /// <summary>Asserts the exit code; what the command wrote is part of the failure.</summary>
    public void AssertEnded(int exitCode) =>
        Assert.True(ExitCode == exitCode, $"The command ended with {ExitCode}, not {exitCode}.\n{Error}\n{Output}");

    private sealed class WatchingWriter(Action<string> onLine) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            onLine(value ?? "");
        }
    }
}
