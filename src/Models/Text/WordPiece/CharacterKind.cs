namespace MLTransfer.Models.Text.WordPiece;

/// <summary>What BERT's normalisation and pre-tokenization do with a character.</summary>
internal enum CharacterKind : byte
{
    /// <summary>Part of a word.</summary>
    Regular,

    /// <summary>Left out; the characters on both sides touch.</summary>
    Removed,

    /// <summary>Ends a word.</summary>
    Space,

    /// <summary>A word of its own: punctuation, an ideograph.</summary>
    Single,
}
