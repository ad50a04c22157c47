namespace MLTransfer.Models.Files;

/// <summary>Files that are there completely or not at all: written under another name, and renamed.</summary>
internal static class AtomicWrite
{
    /// <summary>Writes what an action writes; nothing is left when it fails.</summary>
    /// <param name="path">The file, in a folder that exists; what is there is replaced.</param>
    /// <param name="write">Writes into a stream that can seek and read.</param>
    public static void To(string path, Action<FileStream> write) => ToAsync(
        path,
        file =>
        {
            write(file);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();

    /// <inheritdoc cref="To"/>
    public static async Task ToAsync(string path, Func<FileStream, Task> write)
    {
        // A name of its own, so that two writers do not meet.
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            FileStream file = new(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, 1 << 16);
            await using (file.ConfigureAwait(false))
            {
                await write(file).ConfigureAwait(false);
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
