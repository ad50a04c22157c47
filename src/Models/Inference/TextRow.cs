namespace MLTransfer.Models.Inference;

/// <summary>A text, or a sentence pair.</summary>
/// <param name="Text">The text.</param>
/// <param name="Pair">The second text of a pair; null: a single text.</param>
internal readonly record struct TextRow(string Text, string? Pair = null);
