using System.CommandLine;
using MLTransfer.Runner.Displays;

namespace MLTransfer.Runner;

/// <summary>What every command has: the console, and the options that say how it speaks.</summary>
internal sealed class CommandContext(RunnerConsole console)
{
    /// <summary>Where results and errors go.</summary>
    public RunnerConsole Console { get; } = console;

    /// <summary>One JSON object a line on the standard output.</summary>
    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Write JSON lines for machines: events while it works, and the result as the last line.",
        Recursive = true,
    };

    /// <summary>Nothing but the result and what went wrong.</summary>
    public Option<bool> Quiet { get; } = new("--quiet", "-q")
    {
        Description = "Write no progress: only the result, warnings and errors.",
        Recursive = true,
    };

    /// <summary>How the work is shown.</summary>
    public IRunDisplay Display(ParseResult parsed)
    {
        if (parsed.GetValue(Json))
            return new JsonDisplay(Console.Output);
        if (parsed.GetValue(Quiet))
            return new QuietDisplay(Console.Error);
        return Console.IsTerminal ? new TerminalDisplay(Console.Terminal) : new PlainDisplay(Console, TimeProvider.System);
    }
}
