using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Text.Files;

/// <summary><c>merges.txt</c>: one merge a line, two tokens with a space between them; earlier lines go first.</summary>
internal static class MergesText
{
    /// <summary>Reads the merges.</summary>
    /// <exception cref="UserException">The file does not exist or a line is not a merge.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        using FileStream stream = TextFile.Open(path);
        using var reader = new StreamReader(stream);
        var merges = new List<string>();
        for (int number = 1; reader.ReadLine() is string line; number++)
        {
            if (line.Length == 0 || line.StartsWith("#version", StringComparison.Ordinal))
            {
                continue;
            }

            if (line.Split(' ') is not [{ Length: > 0 }, { Length: > 0 }])
            {
                throw new UserException($"'{path}', line {number}: '{line}' is not a merge. Expected two tokens with one space between them.");
            }

            merges.Add(line);
        }

        return merges;
    }
}
