using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLTransfer.Models.Files;

namespace MLTransfer.Runner.RunFolders;

/// <summary>Files that are there completely or not at all, in a folder that is made where it is missing.</summary>
internal static class AtomicFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes an object as indented JSON.</summary>
    public static void Write(string path, JsonObject content) => Write(path, content.ToJsonString(Indented) + "\n");

    /// <summary>Writes a text in UTF-8.</summary>
    public static void Write(string path, string content) => Write(path, file => file.Write(Encoding.UTF8.GetBytes(content)));

    /// <summary>Writes what an action writes.</summary>
    public static void Write(string path, Action<FileStream> write) => AtomicWrite.To(InItsFolder(path), write);

    /// <summary>Writes what an action writes; nothing is left when it fails.</summary>
    /// <param name="path">The file; what is there is replaced.</param>
    /// <param name="write">Writes into a stream.</param>
    public static Task WriteAsync(string path, Func<FileStream, Task> write) => AtomicWrite.ToAsync(InItsFolder(path), write);

    private static string InItsFolder(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return path;
    }
}
