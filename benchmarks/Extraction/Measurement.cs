using System.Diagnostics;
using System.Text.Json;

namespace MLTransfer.Benchmarks.Extraction;

/// <summary>What one variant did with one data set, in a process of its own.</summary>
/// <param name="Rows">Rows whose features were computed.</param>
/// <param name="Seconds">Wall time from the first row to the last, without loading the model.</param>
/// <param name="PeakBytes">The most memory that the process held.</param>
/// <param name="Note">What the variant chose, for example its batch size.</param>
internal sealed record Measurement(int Rows, double Seconds, long PeakBytes, string Note)
{
    private const string Marker = "measurement: ";

    public double RowsPerSecond => Rows / Seconds;

    /// <summary>Runs a variant in this process and prints the result for <see cref="InChildProcess"/>.</summary>
    public static void Report(IExtractionVariant variant, int rows)
    {
        variant.WarmUp();
        variant.Prepare(rows);
        var watch = Stopwatch.StartNew();
        variant.Run(rows);
        double seconds = watch.Elapsed.TotalSeconds;
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(Marker + JsonSerializer.Serialize(new Measurement(rows, seconds, process.PeakWorkingSet64, variant.Note)));
    }

    /// <summary>Runs this program again with other arguments and reads what it measured.</summary>
    public static Measurement InChildProcess(params IEnumerable<string> arguments)
    {
        using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException("The measuring process did not start.");
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        string line = output.Split('\n').LastOrDefault(text => text.StartsWith(Marker, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"The measuring process ended with {child.ExitCode} and without a result:\n{output}");
        return JsonSerializer.Deserialize<Measurement>(line[Marker.Length..])!;
    }
}
