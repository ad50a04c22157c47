using System.Text;
using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Text.Files;

/// <summary><c>vocab.txt</c>: one token a line, its id is the line's number from 0.</summary>
internal static class VocabularyText
{
    /// <summary>Reads the tokens by id.</summary>
    /// <exception cref="UserException">The file does not exist or is not UTF-8 text.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        using FileStream stream = TextFile.Open(path);
        using var reader = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        string text;
        try
        {
            text = reader.ReadToEnd();
        }
        catch (DecoderFallbackException exception)
        {
            throw new UserException(
                $"'{path}' is not a vocabulary: it is not UTF-8 text. Expected a vocab.txt with one token a line, or a tokenizer.json.", exception);
        }

        // Split at \n only: other line separators may be tokens.
        string[] lines = text.Split('\n');
        int count = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        return [.. lines.Take(count).Select(line => line.TrimEnd())];
    }
}
