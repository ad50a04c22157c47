namespace MLTransfer.Models.Text.WordPiece;

/// <summary>The switches of BERT's normalisation that models differ in.</summary>
/// <param name="Lowercase">Lower case, character by character.</param>
/// <param name="StripAccents">Canonical decomposition (NFD) without its nonspacing marks.</param>
/// <param name="SplitIdeographs">Whether each CJK ideograph is a word of its own.</param>
internal sealed record BertNormalization(bool Lowercase, bool StripAccents, bool SplitIdeographs = true)
{
    /// <summary>BERT uncased.</summary>
    public static BertNormalization Uncased { get; } = new(Lowercase: true, StripAccents: true);

    /// <summary>BERT cased.</summary>
    public static BertNormalization Cased { get; } = new(Lowercase: false, StripAccents: false);
}
