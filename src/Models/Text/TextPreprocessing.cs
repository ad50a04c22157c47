using System.ComponentModel.DataAnnotations;

namespace MLTransfer.Models.Text;

/// <summary>From a text, or a sentence pair, to the tensors that a backbone reads.</summary>
public sealed record TextPreprocessing
{
    /// <summary>How texts become token ids.</summary>
    public required TokenizerOptions Tokenizer { get; init; }

    /// <summary>Longest row in tokens, special tokens included; longer texts are cut on the right, pairs longest first. The default value is 256.</summary>
    [Range(2, 65536, ErrorMessage = "must be from 2 to 65,536 tokens.")]
    public int MaximumLength { get; init; } = 256;

    /// <summary>Graph input of the token ids, <c>[batch, sequence]</c> int64. The default value is <c>input_ids</c>.</summary>
    [MinLength(1, ErrorMessage = "must be the name of a graph input.")]
    public string InputIds { get; init; } = "input_ids";

    /// <summary>Graph input of the attention mask, <c>[batch, sequence]</c> int64; null where the graph has none. The default value is <c>attention_mask</c>.</summary>
    public string? AttentionMask { get; init; } = "attention_mask";

    /// <summary>Graph input of the token types, <c>[batch, sequence]</c> int64; null where the graph has none. The default value is null.</summary>
    public string? TokenTypeIds { get; init; }
}
