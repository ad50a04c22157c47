namespace MLTransfer.Models.Text;

/// <summary>Which tokenizer a backbone was trained with, and its files beside the card.</summary>
public sealed record TokenizerOptions
{
    /// <summary>The algorithm.</summary>
    public required TokenizerKind Kind { get; init; }

    /// <summary>File of the vocabulary, relative to the card: <c>vocab.txt</c>, <c>vocab.json</c>, <c>tokenizer.json</c> or a SentencePiece <c>.model</c>.</summary>
    public required string Vocabulary { get; init; }

    /// <summary>File of the merges of a byte-level BPE (<c>merges.txt</c>), relative to the card; null where the vocabulary is a <c>tokenizer.json</c>.</summary>
    public string? Merges { get; init; }

    /// <summary>WordPiece: whether text is lowercased and stripped of accents first. Not read for a
    /// <c>tokenizer.json</c>, which says so itself. The default value is true (BERT uncased).</summary>
    public bool Lowercase { get; init; } = true;
}
