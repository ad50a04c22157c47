using System.Globalization;
using MLTransfer.Pipelines.Tasks.Events;
using MLTransfer.Runner.Displays;

namespace MLTransfer.Runner.RunFolders;

/// <summary>Writes the events of a run with their times, each line at once.</summary>
internal sealed class RunLog : IProgress<RunEvent>, IDisposable
{
    private readonly Lock _gate = new();
    private readonly StreamWriter _writer;

    /// <param name="path">The file; what is there is overwritten.</param>
    public RunLog(string path)
    {
        Path = path;
        _writer = new StreamWriter(path, append: false) { AutoFlush = true };
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Report(RunEvent value)
    {
        string? line = value switch
        {
            StageStarted started => EventText.Line(started.Stage, started.Detail),
            StageFinished finished => EventText.Line(finished.Stage, EventText.Finished(finished)),
            RunWarning warning => $"warning: {warning.Message}",
            RunNote note => note.Message,
            _ => null,
        };
        if (line is not null)
            Write(line);
    }

    /// <summary>Writes a line.</summary>
    public void Write(string line)
    {
        lock (_gate)
            _writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.Now:yyyy-MM-dd'T'HH:mm:ss.fffzzz} {line}"));
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
