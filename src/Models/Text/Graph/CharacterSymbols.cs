using MLTransfer.Models.Text.WordPiece;

namespace MLTransfer.Models.Text.Graph;

/// <summary>
/// A symbol for each different outcome of normalisation: a short row of character codes. 0 stands for characters that are removed. The letters of
/// added tokens have symbols of their own, from 1, because added tokens are looked for before normalisation, capitals and all.
/// </summary>
/// <remarks>
/// Only characters that behave in a way of their own are listed. The rest follow three rules: those of <see cref="RemovedRanges"/> are removed,
/// those of <see cref="SingleRanges"/> are unknown and stand alone, and all others are unknown characters of words.
/// </remarks>
internal sealed class CharacterSymbols
{
    // Shorter ranges are cheaper as a list of their characters.
    private const int LongRange = 1024;

    private readonly Dictionary<string, int> _symbols = [];
    private readonly List<int[]> _rows = [];

    public CharacterSymbols(WordPieceDefinition definition, CharacterCodes codes, AddedTokenLetters letters)
    {
        BertCharacterData data = BertCharacterData.Instance;
        RemovedRanges = [.. data.Removed.Where(range => range.Last - range.First >= LongRange)];
        SingleRanges = definition.Normalization.SplitIdeographs ? data.Ideographs : [];

        Removed = Add([]);
        var table = BertCharacterTable.For(definition.Normalization);
        foreach (char letter in letters.Letters)
        {
            // Not shared with characters that become the same: [mask] is not [MASK].
            Listed[letter.ToString()] = _rows.Count;
            _rows.Add(codes.Row(letter, table[letter]));
        }

        UnknownRegular = Add([codes.UnknownRegular]);
        UnknownSingle = Add([codes.UnknownSingle]);
        RowMark = Add([codes.RowMark]);
        AddedTokens = [.. Enumerable.Range(codes.FirstAddedToken, definition.AddedTokens.Count).Select(code => Add([code]))];
        AddRange(0, 0xD7FF, table, codes);
        AddRange(0xE000, 0x10FFFF, table, codes);
    }

    /// <summary>Symbols of the characters that are listed.</summary>
    public Dictionary<string, int> Listed { get; } = [];

    /// <summary>The codes of each symbol.</summary>
    public IReadOnlyList<int[]> Rows => _rows;

    /// <summary>Ranges whose unlisted characters are removed: private use.</summary>
    public IReadOnlyList<(int First, int Last)> RemovedRanges { get; }

    /// <summary>Ranges whose unlisted characters are unknown and stand alone: ideographs.</summary>
    public IReadOnlyList<(int First, int Last)> SingleRanges { get; }

    /// <summary>The symbol of removed characters: 0.</summary>
    public int Removed { get; }

    /// <summary>The symbol of unknown characters of words.</summary>
    public int UnknownRegular { get; }

    /// <summary>The symbol of unknown characters that stand alone.</summary>
    public int UnknownSingle { get; }

    /// <summary>The symbol before each row.</summary>
    public int RowMark { get; }

    /// <summary>The symbols of the added tokens.</summary>
    public IReadOnlyList<int> AddedTokens { get; }

    private static bool Contains(IReadOnlyList<(int First, int Last)> ranges, int codePoint)
    {
        foreach ((int first, int last) in ranges)
        {
            if (codePoint >= first && codePoint <= last)
            {
                return true;
            }
        }

        return false;
    }

    private void AddRange(int first, int last, BertCharacterTable table, CharacterCodes codes)
    {
        for (int codePoint = first; codePoint <= last; codePoint++)
        {
            BertCharacter character = table[codePoint];

            // Most of Unicode is not in a vocabulary; no row is made for it.
            int symbol = character switch
            {
                { Kind: CharacterKind.Regular, Replacement: null } when codes.Regular(codePoint) is null => UnknownRegular,
                { Kind: CharacterKind.Single, Replacement: null } when codes.Single(codePoint) is null => UnknownSingle,
                { Kind: CharacterKind.Removed } => Removed,
                _ => Add(codes.Row(codePoint, character)),
            };
            if (symbol != Otherwise(codePoint))
            {
                Listed.TryAdd(char.ConvertFromUtf32(codePoint), symbol);
            }
        }
    }

    private int Otherwise(int codePoint) => Contains(RemovedRanges, codePoint) ? Removed
        : Contains(SingleRanges, codePoint) ? UnknownSingle
        : UnknownRegular;

    private int Add(int[] row)
    {
        string key = string.Join(' ', row);
        if (!_symbols.TryGetValue(key, out int symbol))
        {
            symbol = _rows.Count;
            _symbols.Add(key, symbol);
            _rows.Add(row);
        }

        return symbol;
    }
}
