namespace MLTransfer.Runner.RunFolders;

/// <summary>The log of a run that the machine broke off, beside the place of the run folder: its folder goes, and somebody has to find out why.</summary>
internal static class FailedLog
{
    /// <summary>Keeps the log, the exception at its end.</summary>
    public static void Keep(RunLog log, Exception error, string output)
    {
        try
        {
            log.Write(error.ToString());
            File.Copy(log.Path, PathFor(output), overwrite: true);
        }
        catch (IOException)
        {
            // A full disk is why there is something to log, and why it cannot be.
        }
    }

    /// <summary>Removes that of an earlier attempt.</summary>
    public static void Remove(string output) => File.Delete(PathFor(output));

    /// <summary><c>runs/flowers.failed.log</c></summary>
    public static string PathFor(string output) => Path.TrimEndingDirectorySeparator(output) + ".failed.log";
}
