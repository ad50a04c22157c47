using MLTransfer.Models.Errors;

namespace MLTransfer.Runner.RunFolders;

/// <summary>
/// The folder of a run in the making. Everything is written into a hidden folder beside it and comes to its place by one rename, so that a run folder
/// is there completely or not at all, whenever the process ends.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private readonly string _output;
    private readonly string _previous;
    private readonly FileStream _lock;
    private bool _isComplete;

    private RunFolder(string output, FileStream @lock)
    {
        _output = output;
        _lock = @lock;
        WorkPath = Beside(output, ".partial");
        _previous = Beside(output, ".previous");
    }

    /// <summary>Where files are written until the run is complete.</summary>
    public string WorkPath { get; }

    /// <summary>The file of a fine-tuning's checkpoint: beside the run folder, where a run that begins anew leaves it alone.</summary>
    public static string CheckpointPath(string output) => Beside(Path.TrimEndingDirectorySeparator(output), ".checkpoint.safetensors");

    /// <summary>Begins a run: checks that the place is free or holds a run, and clears what a killed process left.</summary>
    /// <param name="output">Full path of the run folder.</param>
    /// <exception cref="UserException">The path is a file, holds other files than those of a run, or another process writes to it.</exception>
    public static RunFolder Begin(string output)
    {
        output = Path.TrimEndingDirectorySeparator(output);
        Check(output);
        Directory.CreateDirectory(Path.GetDirectoryName(output)!);
        var folder = new RunFolder(output, Lock(output));
        try
        {
            folder.Recover();
            Directory.CreateDirectory(folder.WorkPath);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>Checks that a run may go to a place; nothing is made.</summary>
    /// <param name="output">Full path of the run folder.</param>
    /// <exception cref="UserException">The path or a part of it is a file, or the folder holds other files than those of a run.</exception>
    public static void Check(string output)
    {
        output = Path.TrimEndingDirectorySeparator(output);
        if (Path.GetFileName(output).Length == 0)
            throw new UserException($"The output {output} is the root of a file system. Give a folder of its own.");
        for (string? path = output; path is not null; path = Path.GetDirectoryName(path))
        {
            if (File.Exists(path))
                throw new UserException($"The output {output} cannot be made: {path} is a file. Give the path of a folder, in 'output' or with --output.");
        }
        if (!Directory.Exists(output))
            return;
        string[] foreign = [.. Directory.EnumerateFileSystemEntries(output).Select(path => Path.GetFileName(path)).Where(static name => name != RunFiles.Tokenizers && !RunFiles.All.Contains(name)).Order(StringComparer.Ordinal)];
        if (foreign.Length > 0)
        {
            throw new UserException(
                $"The output folder {output} holds what no run wrote ({string.Join(", ", foreign.Take(3))}{(foreign.Length > 3 ? ", …" : "")}), and a run replaces its whole folder. Choose another output, or move these away.");
        }
    }

    /// <summary>Puts the finished run into its place; an earlier one goes.</summary>
    public void Complete()
    {
        if (Directory.Exists(_output))
        {
            // Between these two renames the earlier run lies beside its place; the next run puts it back if the process ends here.
            Directory.Move(_output, _previous);
        }
        Directory.Move(WorkPath, _output);
        _isComplete = true;
        Delete(_previous);
    }

    /// <summary>Removes what is unfinished.</summary>
    public void Dispose()
    {
        if (!_isComplete)
            Delete(WorkPath);
        _lock.Dispose();
    }

    private static FileStream Lock(string output)
    {
        string path = Beside(output, ".lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new UserException($"Another run is writing to {output}. Wait until it ends, or choose another output.", error);
        }
    }

    private void Recover()
    {
        if (!Directory.Exists(_output) && Directory.Exists(_previous))
            Directory.Move(_previous, _output);
        Delete(_previous);
        Delete(WorkPath);
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string Beside(string output, string suffix) =>
        Path.Combine(Path.GetDirectoryName(output)!, $".{Path.GetFileName(output)}{suffix}");
}
