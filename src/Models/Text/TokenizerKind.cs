namespace MLTransfer.Models.Text;

/// <summary>The algorithm of a tokenizer.</summary>
public enum TokenizerKind
{
    /// <summary>BERT's WordPiece.</summary>
    WordPiece,

    /// <summary>Byte-level byte pair encoding (GPT-2, RoBERTa).</summary>
    ByteLevelBpe,

    /// <summary>SentencePiece unigram (T5).</summary>
    SentencePiece,
}
