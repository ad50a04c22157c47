using System.Text.Json;
using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Text.Files;

/// <summary>Opens tokenizer files with errors that name the file.</summary>
internal static class TextFile
{
    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="UserException">The file does not exist or is a folder.</exception>
    public static FileStream Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserException(
                $"The tokenizer file '{path}' does not exist. Put the file there, or correct the path under 'tokenizer' in the backbone's card.");
        }

        return File.OpenRead(path);
    }

    /// <summary>Reads a JSON file.</summary>
    /// <exception cref="UserException">The file does not exist or is not JSON; the message has line and column.</exception>
    public static JsonDocument ReadJson(string path)
    {
        using FileStream stream = Open(path);
        try
        {
            return JsonDocument.Parse(stream);
        }
        catch (JsonException exception)
        {
            throw new UserException(
                $"'{path}' is not valid JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}): {exception.Message} " +
                "The file may be cut off or be a Git LFS pointer; download it again.",
                exception);
        }
    }
}
