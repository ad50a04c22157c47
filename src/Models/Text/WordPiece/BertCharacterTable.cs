using System.Collections.Concurrent;

namespace MLTransfer.Models.Text.WordPiece;

/// <summary>What BERT's normalisation makes of every Unicode character, for one set of switches. Built once for each set.</summary>
/// <remarks>
/// The table is our own data and not <see cref="string.Normalize()"/>: that depends on the ICU library of the machine, does nothing when
/// globalization is invariant, and knows characters that the reference implementation does not.
/// </remarks>
internal sealed class BertCharacterTable
{
    private const int CodePoints = 0x110000;
    private const ushort FirstReplacement = 4;

    private static readonly ConcurrentDictionary<BertNormalization, BertCharacterTable> Tables = [];

    // An entry is a kind, or FirstReplacement + a place in _replacements.
    private readonly ushort[] _entries = new ushort[CodePoints];
    private readonly List<BertCharacter> _replacements = [];

    private BertCharacterTable(BertNormalization options)
    {
        BertCharacterData data = BertCharacterData.Instance;
        SetKinds(data.Removed, CharacterKind.Removed);
        SetKinds(data.Space, CharacterKind.Space);
        SetKinds(data.Punctuation, CharacterKind.Single);
        if (options.SplitIdeographs)
        {
            SetKinds(data.Ideographs, CharacterKind.Single);
        }

        // A lone surrogate is read as the replacement character U+FFFD, which is removed.
        _entries.AsSpan(0xD800..0xE000).Fill((ushort)CharacterKind.Removed);
        foreach (int codePoint in FoldedCodePoints(data, options))
        {
            Fold(codePoint, data, options);
        }
    }

    /// <summary>The table for one set of switches.</summary>
    public static BertCharacterTable For(BertNormalization options) => Tables.GetOrAdd(options, static key => new(key));

    /// <summary>What becomes of a character.</summary>
    /// <param name="codePoint">A code point from 0 to 10FFFF.</param>
    public BertCharacter this[int codePoint]
    {
        get
        {
            ushort entry = _entries[codePoint];
            return entry < FirstReplacement ? new((CharacterKind)entry, null) : _replacements[entry - FirstReplacement];
        }
    }

    /// <summary>All that characters are replaced by.</summary>
    public IReadOnlyList<BertCharacter> Replacements => _replacements;

    private static IEnumerable<int> FoldedCodePoints(BertCharacterData data, BertNormalization options)
    {
        IEnumerable<int> codePoints = options.Lowercase ? data.Lower.Keys : [];
        if (options.StripAccents)
        {
            codePoints = codePoints.Concat(data.Base.Keys).Concat(HangulSyllables.All);
        }

        return codePoints.Distinct();
    }

    private void Fold(int codePoint, BertCharacterData data, BertNormalization options)
    {
        int[] folded = options.StripAccents ? data.StripAccents(codePoint) : [codePoint];
        if (options.Lowercase)
        {
            folded = [.. folded.SelectMany(data.ToLower)];
        }

        if (folded.Length == 0)
        {
            _entries[codePoint] = (ushort)CharacterKind.Removed;
            return;
        }

        // An ideograph is set apart before it is decomposed; punctuation is found afterwards.
        bool ideograph = this[codePoint].Kind == CharacterKind.Single && data.IsIdeograph(codePoint);
        CharacterKind kind = ideograph || data.IsPunctuation(folded[0]) ? CharacterKind.Single : CharacterKind.Regular;
        _entries[codePoint] = checked((ushort)(FirstReplacement + _replacements.Count));
        _replacements.Add(new(kind, string.Concat(folded.Select(char.ConvertFromUtf32))));
    }

    private void SetKinds(IEnumerable<(int First, int Last)> ranges, CharacterKind kind)
    {
        foreach ((int first, int last) in ranges)
        {
            _entries.AsSpan(first..(last + 1)).Fill((ushort)kind);
        }
    }
}
