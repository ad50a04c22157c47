using System.Globalization;

namespace MLTransfer.Models.Text.WordPiece;

/// <summary>The facts about characters in <c>bert-characters.txt</c>, which explains itself.</summary>
internal sealed class BertCharacterData
{
    private static readonly Lazy<BertCharacterData> Loaded = new(() => new());

    private readonly Dictionary<int, int[]> _base = [];
    private readonly Dictionary<int, int[]> _lower = [];
    private readonly Dictionary<string, List<(int First, int Last)>> _ranges = new()
    {
        ["removed"] = [],
        ["space"] = [],
        ["ideograph"] = [],
        ["punctuation"] = [],
    };

    private BertCharacterData()
    {
        using Stream stream = typeof(BertCharacterData).Assembly.GetManifestResourceStream("bert-characters.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is string line)
        {
            if (!line.StartsWith('#'))
            {
                string[] words = line.Split(' ');
                foreach (string item in words.AsSpan(1))
                {
                    Read(words[0], item);
                }
            }
        }
    }

    /// <summary>The data, read once.</summary>
    public static BertCharacterData Instance => Loaded.Value;

    public IReadOnlyList<(int First, int Last)> Removed => _ranges["removed"];

    public IReadOnlyList<(int First, int Last)> Space => _ranges["space"];

    public IReadOnlyList<(int First, int Last)> Ideographs => _ranges["ideograph"];

    public IReadOnlyList<(int First, int Last)> Punctuation => _ranges["punctuation"];

    /// <summary>Canonical decompositions without their marks; empty for a mark. Hangul syllables are not listed.</summary>
    public IReadOnlyDictionary<int, int[]> Base => _base;

    /// <summary>Lower case.</summary>
    public IReadOnlyDictionary<int, int[]> Lower => _lower;

    /// <summary>A character's canonical decomposition without marks.</summary>
    public int[] StripAccents(int codePoint) =>
        HangulSyllables.Contains(codePoint) ? HangulSyllables.Decompose(codePoint) : _base.GetValueOrDefault(codePoint) ?? [codePoint];

    /// <summary>A character's lower case.</summary>
    public int[] ToLower(int codePoint) => _lower.GetValueOrDefault(codePoint) ?? [codePoint];

    public bool IsIdeograph(int codePoint) => Ideographs.Any(range => codePoint >= range.First && codePoint <= range.Last);

    public bool IsPunctuation(int codePoint) => Punctuation.Any(range => codePoint >= range.First && codePoint <= range.Last);

    private static int Hexadecimal(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    // "41", "41-5A", "100-12E/2": first, last and step.
    private static (int First, int Last, int Step) Range(string text)
    {
        string[] parts = text.Split('-', '/');
        int first = Hexadecimal(parts[0]);
        return (first, parts.Length > 1 ? Hexadecimal(parts[1]) : first, parts.Length > 2 ? Hexadecimal(parts[2]) : 1);
    }

    private void Read(string word, string item)
    {
        string[] sides = item.Split('=');
        (int first, int last, int step) = Range(sides[0]);
        switch (word)
        {
            case "mark":
                for (int codePoint = first; codePoint <= last; codePoint++)
                {
                    _base[codePoint] = [];
                }

                break;
            case "base":
                _base[first] = [.. sides[1].Split('.').Select(Hexadecimal)];
                break;
            case "lower":
                int[] target = [.. sides[1].Split('.').Select(Hexadecimal)];
                for (int codePoint = first; codePoint <= last; codePoint += step)
                {
                    _lower[codePoint] = target.Length == 1 ? [target[0] + codePoint - first] : target;
                }

                break;
            default:
                _ranges[word].Add((first, last));
                break;
        }
    }
}
