using MLTransfer.Models.Text.WordPiece;

namespace MLTransfer.Models.Text.Graph;

/// <summary>
/// Numbers for the characters that a vocabulary can tell apart after normalisation. 0 is no character; then come the characters of words, then one
/// number for all other characters of words, then all that stands alone (punctuation, ideographs, added tokens, the mark of a row), then the space.
/// So one comparison tells whether a character ends a word.
/// </summary>
internal sealed class CharacterCodes
{
    private readonly Dictionary<int, int> _regular;
    private readonly Dictionary<int, int> _single;

    /// <summary>Numbers the characters.</summary>
    /// <param name="regular">Characters of words that the vocabulary's pieces are made of.</param>
    /// <param name="single">Characters that stand alone and are pieces of the vocabulary.</param>
    /// <param name="addedTokens">The number of added tokens.</param>
    public CharacterCodes(IEnumerable<int> regular, IEnumerable<int> single, int addedTokens)
    {
        int next = 1;
        _regular = regular.ToDictionary(character => character, _ => next++);
        UnknownRegular = next++;
        _single = single.ToDictionary(character => character, _ => next++);
        UnknownSingle = next++;
        FirstAddedToken = next;
        next += addedTokens;
        RowMark = next++;
        Space = next++;
        Count = next;
    }

    /// <summary>Every character of words that is in no piece.</summary>
    public int UnknownRegular { get; }

    /// <summary>Every character that stands alone and is no piece.</summary>
    public int UnknownSingle { get; }

    /// <summary>The first added token; the others follow.</summary>
    public int FirstAddedToken { get; }

    /// <summary>Stands before each row.</summary>
    public int RowMark { get; }

    /// <summary>Between words; the largest number.</summary>
    public int Space { get; }

    /// <summary>Numbers in use, 0 included.</summary>
    public int Count { get; }

    /// <summary>Numbers the characters that the pieces of a vocabulary are made of and that normalisation can give.</summary>
    public static CharacterCodes Of(WordPieceDefinition definition)
    {
        var table = BertCharacterTable.For(definition.Normalization);
        ILookup<CharacterKind, int> replacing = table.Replacements
            .SelectMany(character => CodePoints(character.Replacement!).Select(codePoint => (character.Kind, codePoint)))
            .ToLookup(entry => entry.Kind, entry => entry.codePoint);
        HashSet<int> replacingRegular = [.. replacing[CharacterKind.Regular]];
        HashSet<int> replacingSingle = [.. replacing[CharacterKind.Single]];

        var regular = new SortedSet<int>();
        var single = new SortedSet<int>();
        foreach ((string text, _, bool continues) in definition.Vocabulary.Pieces())
        {
            int[] codePoints = CodePoints(text);
            if (codePoints.All(codePoint => CanBe(codePoint, CharacterKind.Regular, replacingRegular)))
            {
                regular.UnionWith(codePoints);
            }

            if (!continues && codePoints.Length == 1 && CanBe(codePoints[0], CharacterKind.Single, replacingSingle))
            {
                single.Add(codePoints[0]);
            }
        }

        return new(regular, single, definition.AddedTokens.Count);

        bool CanBe(int codePoint, CharacterKind kind, HashSet<int> replacingOfKind) =>
            table[codePoint] == new BertCharacter(kind, null) || replacingOfKind.Contains(codePoint);
    }

    /// <summary>The characters of a text.</summary>
    public static int[] CodePoints(string text) => [.. text.EnumerateRunes().Select(rune => rune.Value)];

    /// <summary>The number of a character of words, or null where it is in no piece.</summary>
    public int? Regular(int codePoint) => _regular.TryGetValue(codePoint, out int code) ? code : null;

    /// <summary>The number of a character that stands alone, or null where it is no piece.</summary>
    public int? Single(int codePoint) => _single.TryGetValue(codePoint, out int code) ? code : null;

    /// <summary>The codes of what normalisation makes of a character.</summary>
    public int[] Row(int codePoint, BertCharacter character)
    {
        if (character.Kind == CharacterKind.Removed)
        {
            return [];
        }

        if (character.Kind == CharacterKind.Space)
        {
            return [Space];
        }

        int[] codePoints = character.Replacement is null ? [codePoint] : CodePoints(character.Replacement);
        return character.Kind == CharacterKind.Single
            ? [.. codePoints.Select(one => Single(one) ?? UnknownSingle)]
            : [.. codePoints.Select(one => Regular(one) ?? UnknownRegular)];
    }
}
