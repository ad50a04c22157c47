namespace MLTransfer.Models.Text.Files;

/// <summary>What special tokens are called where a file does not say which tokens are special.</summary>
internal static class SpecialTokenNames
{
    /// <summary>Names of the padding token.</summary>
    public static IReadOnlyList<string> Padding { get; } = ["[PAD]", "<pad>"];

    /// <summary>The special tokens of BERT.</summary>
    public static IReadOnlyList<string> Bert { get; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>The special tokens of RoBERTa and GPT-2.</summary>
    public static IReadOnlyList<string> ByteLevel { get; } = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "<|endoftext|>"];
}
