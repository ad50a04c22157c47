using System.Diagnostics;

namespace MLTransfer.Runner.Tests;

/// <summary>The command line as a process of its own.</summary>
internal static class RunnerProcess
{
    /// <summary>Starts it.</summary>
    public static Process Start(TemporaryFolder folder, params string[] arguments)
    {
        string host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        ProcessStartInfo start = new(host, ["exec", typeof(CommandLine).Assembly.Location, .. arguments])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
