using Microsoft.ML.Transforms;

namespace MLTransfer.Pipelines.Features.NativeTokens;

/// <summary>How ML.NET finds the mapping from a sentence pair to tokens when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class TextPairTokensFactory : CustomMappingFactory<TextPairColumns, TokenColumns>
{
    /// <summary>Name of the mapping in a saved model.</summary>
    public const string Contract = "MLTransfer.TextPairTokens";

    /// <inheritdoc/>
    public override Action<TextPairColumns, TokenColumns> GetMapping() => Map;

    /// <summary>The mapping.</summary>
    public static void Map(TextPairColumns row, TokenColumns tokens) =>
        NativeTokenizer.Find(row.Key.ToString()).Encode(row.Text.ToString(), row.Pair.ToString(), tokens);
}
