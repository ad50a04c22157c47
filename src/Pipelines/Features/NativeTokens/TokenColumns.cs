using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Features.NativeTokens;

/// <summary>Columns between a text and its features, for tokenizers that are not part of the graph.</summary>
internal sealed class TokenColumns
{
    /// <summary>Column of the token ids; also the graph's input.</summary>
    public const string Ids = "mltransfer.input_ids";

    /// <summary>Column of the mask.</summary>
    public const string Mask = "mltransfer.attention_mask";

    /// <summary>Column of the token types.</summary>
    public const string Types = "mltransfer.token_type_ids";

    /// <summary>Token ids of one row.</summary>
    [ColumnName(Ids)]
    public long[] InputIds { get; set; } = [];

    /// <summary>Ones, as many as token ids.</summary>
    [ColumnName(Mask)]
    public long[] AttentionMask { get; set; } = [];

    /// <summary>Token types, as many as token ids.</summary>
    [ColumnName(Types)]
    public long[] TokenTypeIds { get; set; } = [];
}
