using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLTransfer.Runner.RunFolders;

/// <summary>Files that are there completely or not at all: written under another name, and renamed.</summary>
internal static class AtomicFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes an object as indented JSON.</summary>
    public static void Write(string path, JsonObject content) => Write(path, content.ToJsonString(Indented) + "\n");

    /// <summary>Writes a text in UTF-8.</summary>
    public static void Write(string path, string content) => Write(path, file => file.Write(Encoding.UTF8.GetBytes(content)));

    /// <summary>Writes what an action writes.</summary>
    public static void Write(string path, Action<FileStream> write) => WriteAsync(
        path,
        file =>
        {
            write(file);
            return Task.CompletedTask;
        }).GetAwaiter().GetResult();

    /// <summary>Writes what an action writes; nothing is left when it fails.</summary>
    /// <param name="path">The file; what is there is replaced.</param>
    /// <param name="write">Writes into a stream.</param>
    public static async Task WriteAsync(string path, Func<FileStream, Task> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await using (FileStream file = new(temporary, FileMode.CreateNew, FileAccess.ReadWrite))
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
