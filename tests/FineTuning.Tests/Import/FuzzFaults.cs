using System.Diagnostics;
using MLTransfer.Models.Errors;

namespace MLTransfer.FineTuning.Tests.Import;

/// <summary>Collects what broken files must not end in: any exception but those that are meant for the user. One of each kind is enough.</summary>
internal sealed class FuzzFaults
{
    private readonly Dictionary<string, string> _found = [];
    private TimeSpan _longest;

    public IReadOnlyCollection<string> Found => _found.Values;

    /// <summary>Runs what a mutation does.</summary>
    /// <param name="what">The mutation. In long runs it is written down first, so that it is known where native code ended the process.</param>
    /// <param name="action">What must end well, or in an error for the user.</param>
    public void Watch(string what, Action action)
    {
        bool isLong = Environment.GetEnvironmentVariable("MLTRANSFER_FUZZED_MODELS") is not null;
        if (isLong)
        {
            File.WriteAllText(Path.Combine(Path.GetTempPath(), "mltransfer-last-mutation.txt"), what);
        }

        long start = Stopwatch.GetTimestamp();
        try
        {
            action();
        }
        catch (UserException)
        {
            // What a broken file should end in.
        }
        catch (Exception exception)
        {
            string[] frames = [.. (exception.StackTrace ?? string.Empty).Split('\n').Select(static line => line.Trim())];
            string own = Array.Find(frames, static line => line.StartsWith("at MLTransfer", StringComparison.Ordinal)) ?? frames[0];
            _found.TryAdd($"{exception.GetType()} {own}", $"{what}: {exception.GetType()}: {exception.Message} {string.Join(' ', frames.Take(3))}");
        }

        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        if (isLong && taken > _longest)
        {
            // Not asserted, because it depends on the machine; a hang shows as a number here.
            _longest = taken;
            Console.WriteLine($"The slowest mutation so far took {taken.TotalMilliseconds:0} ms: {what}");
        }
    }
}
