namespace MLTransfer.Benchmarks.FineTuning;

/// <summary>Texts and their classes.</summary>
internal sealed record TextTable(IReadOnlyList<(string Text, string? Pair)> Texts, IReadOnlyList<string> Labels)
{
    /// <summary>Reads <c>label TAB text</c> (.tsv) or <c>text,label</c> (.csv), each with a header.</summary>
    public static TextTable Read(string path)
    {
        (string Text, string Label)[] rows = [.. File.ReadLines(path).Skip(1).Where(static line => line.Length > 0).Select(line => path.EndsWith(".tsv", StringComparison.Ordinal) ? Tab(line) : Comma(line))];
        return new TextTable([.. rows.Select(static row => (row.Text, (string?)null))], [.. rows.Select(static row => row.Label)]);
    }

    private static (string Text, string Label) Tab(string line)
    {
        int tab = line.IndexOf('\t', StringComparison.Ordinal);
        return (line[(tab + 1)..], line[..tab]);
    }

    // The label has no comma; the text may be quoted.
    private static (string Text, string Label) Comma(string line)
    {
        int comma = line.LastIndexOf(',');
        string text = line[..comma];
        return (text.StartsWith('"') ? text[1..^1].Replace("\"\"", "\"", StringComparison.Ordinal) : text, line[(comma + 1)..]);
    }
}
