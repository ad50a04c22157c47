using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.Batching;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Tests.Inference;

public sealed class TextFeatureExtractorTests : IDisposable
{
    private readonly TinyBackbones _backbones = new();

    public void Dispose() => _backbones.Dispose();

    [Theory]
    [InlineData(nameof(DataType.Int64))]
    [InlineData(nameof(DataType.Int32))]
    [InlineData(nameof(DataType.Float))]
    public void Extract_InputsOfAnyType_GivesTheMeans(string type) => AssertMeans(_backbones.TokenMeans(Enum.Parse<DataType>(type)), maximumLength: 16);

    [Fact]
    public void Extract_GraphExportedWithOneRow_GivesTheMeans() => AssertMeans(_backbones.TokenMeans(rows: 1), maximumLength: 16);

    [Theory]
    [InlineData(nameof(DataType.Int64))]
    [InlineData(nameof(DataType.Int32))]
    public void Extract_GraphExportedWithFixedLength_PadsAndCutsToIt(string type) =>
        AssertMeans(_backbones.TokenMeans(Enum.Parse<DataType>(type), rows: 1, tokens: 6), maximumLength: 6);

    // Ids: [CLS] 2, [SEP] 3, a 5, b 6, c 7.
    private static void AssertMeans(Backbone backbone, int maximumLength)
    {
        var graph = FeatureGraph.Build(backbone, new FeatureGraphOptions());
        using TextFeatureExtractor extractor = new(
            graph, TextTokenizers.Create(backbone.Card.Text!.Tokenizer, backbone.Directory), new InferenceOptions(), new TokenBudget { Window = 3 });
        string[] texts = ["a", "", "b b b b b b b b", "c a", "a b c"];
        int[][] ids = [[5], [], [6, 6, 6, 6, 6, 6, 6, 6], [7, 5], [5, 6, 7]];

        FeatureResult[] results = [.. extractor.Extract(texts.Select(static text => new TextRow(text)), store: null, TestContext.Current.CancellationToken)];

        double[] expected = [.. ids.Select(row => row.Take(maximumLength - 2).Prepend(2).Append(3).Average())];
        Assert.Equal(2, extractor.Dimension);
        Assert.Equal(expected, results.Select(static result => (double)result.Features![0]), static (wanted, got) => Math.Abs(wanted - got) < 1e-5);
        Assert.All(results, static result => Assert.Equal(2 * result.Features![0], result.Features[1], 1e-5f));
    }
}
