using Microsoft.ML.Transforms;

namespace MLTransfer.Pipelines.Features.NativeTokens;

/// <summary>How ML.NET finds the mapping from a text to tokens when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class TextTokensFactory : CustomMappingFactory<TextColumn, TokenColumns>
{
    /// <summary>Name of the mapping in a saved model.</summary>
    public const string Contract = "MLTransfer.TextTokens";

    /// <inheritdoc/>
    public override Action<TextColumn, TokenColumns> GetMapping() => Map;

    /// <summary>The mapping.</summary>
    public static void Map(TextColumn row, TokenColumns tokens) => NativeTokenizer.Find(row.Key.ToString()).Encode(row.Text.ToString(), null, tokens);
}
