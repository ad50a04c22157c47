namespace MLTransfer.Models.Text.WordPiece;

/// <summary>What normalisation makes of a character.</summary>
/// <param name="Kind">Its kind after normalisation.</param>
/// <param name="Replacement">The characters that take its place; null where it stays as it is.</param>
internal readonly record struct BertCharacter(CharacterKind Kind, string? Replacement);
