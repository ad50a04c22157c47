using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Features.NativeTokens;

/// <summary>What the mapping of a single text reads.</summary>
internal sealed class TextColumn
{
    /// <summary>Column of the text.</summary>
    public const string TextName = "mltransfer.text";

    /// <summary>Column of the tokenizer's key.</summary>
    public const string KeyName = "mltransfer.tokenizer";

    /// <summary>The text.</summary>
    [ColumnName(TextName)]
    public ReadOnlyMemory<char> Text { get; set; }

    /// <summary>The tokenizer's key: the name of its folder.</summary>
    [ColumnName(KeyName)]
    public ReadOnlyMemory<char> Key { get; set; }
}
