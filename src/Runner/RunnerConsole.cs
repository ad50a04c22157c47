using Spectre.Console;

namespace MLTransfer.Runner;

/// <summary>Where the command line reads from and writes to; tests put their own in its place.</summary>
internal sealed class RunnerConsole
{
    /// <param name="output">Results.</param>
    /// <param name="error">Errors and warnings.</param>
    /// <param name="workingDirectory">The folder that relative paths of the command line are relative to.</param>
    /// <param name="isTerminal">Whether <paramref name="output"/> is a terminal, where lines can be drawn again.</param>
    /// <param name="hasColors">Whether colours may be used.</param>
    public RunnerConsole(TextWriter output, TextWriter error, string workingDirectory, bool isTerminal = false, bool hasColors = false)
    {
        Output = output;
        Error = error;
        WorkingDirectory = workingDirectory;
        IsTerminal = isTerminal;
        Terminal = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = isTerminal ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = hasColors ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        if (!isTerminal)
            Terminal.Profile.Width = 160;
    }

    /// <summary>Results.</summary>
    public TextWriter Output { get; }

    /// <summary>Errors and warnings.</summary>
    public TextWriter Error { get; }

    /// <summary>The folder that relative paths of the command line are relative to.</summary>
    public string WorkingDirectory { get; }

    /// <summary>Whether the output is a terminal.</summary>
    public bool IsTerminal { get; }

    /// <summary><see cref="Output"/> with tables and progress bars.</summary>
    public IAnsiConsole Terminal { get; }

    /// <summary>The console of this process. Colours are off where NO_COLOR (no-color.org) is set, lines are plain where TERM is <c>dumb</c>.</summary>
    public static RunnerConsole ForProcess()
    {
        bool isTerminal = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb";
        bool hasColors = isTerminal && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        return new RunnerConsole(Console.Out, Console.Error, Directory.GetCurrentDirectory(), isTerminal, hasColors);
    }

    /// <summary>Full path of a path of the command line.</summary>
    public string FullPath(string path) => Path.GetFullPath(path, WorkingDirectory);
}
