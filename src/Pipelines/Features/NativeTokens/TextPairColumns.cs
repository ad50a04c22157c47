using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Features.NativeTokens;

/// <summary>What the mapping of a sentence pair reads.</summary>
internal sealed class TextPairColumns
{
    /// <summary>Column of the second text.</summary>
    public const string PairName = "mltransfer.pair";

    /// <summary>The first text.</summary>
    [ColumnName(TextColumn.TextName)]
    public ReadOnlyMemory<char> Text { get; set; }

    /// <summary>The second text.</summary>
    [ColumnName(PairName)]
    public ReadOnlyMemory<char> Pair { get; set; }

    /// <summary>The tokenizer's key: the name of its folder.</summary>
    [ColumnName(TextColumn.KeyName)]
    public ReadOnlyMemory<char> Key { get; set; }
}
