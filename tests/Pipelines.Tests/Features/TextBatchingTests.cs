using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Caching;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.Tests.FineTuning;

namespace MLTransfer.Pipelines.Tests.Features;

public sealed class TextBatchingTests : IDisposable
{
    private static readonly string[] Texts =
    [
        "I lost my card, what now?", "", "   ", "Ünïcödé and 漢字 in one line", "[MASK] is a token", new string('x', 120), "Where is my money?",
        string.Join(' ', Enumerable.Repeat("a long text that must be cut", 80)),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-text-").FullName;
    private readonly MLContext _ml = new(seed: 1);

    private static Backbone MiniLM => Backbone.Load("all-MiniLM-L6-v2");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void LoadBatched_SavedTransformer_GivesTheFeaturesOfTraining()
    {
        IDataView rows = Rows(Texts);
        using TextFeatureExtractingTransformer transformer = _ml.Transforms.ExtractTextFeatures("Features", "Text", MiniLM).Fit(rows);
        string zip = Path.Combine(_folder, "model.zip");
        _ml.Model.Save(transformer, rows.Schema, zip);

        ITransformer batched = _ml.Model.LoadBatched(zip, out _);

        Assert.IsType<BatchedFeatureTransformer>(batched);
        AssertNear([.. transformer.Transform(rows).GetColumn<float[]>("Features")], [.. batched.Transform(rows).GetColumn<float[]>("Features")]);
    }

    [Fact]
    public void PredictionEngine_DifficultTexts_EqualTheNativeTokenizer()
    {
        IDataView rows = Rows(Texts);
        using TextFeatureExtractingTransformer transformer = _ml.Transforms.ExtractTextFeatures("Features", "Text", MiniLM).Fit(rows);
        float[][] batch = [.. transformer.Transform(rows).GetColumn<float[]>("Features")];

        using PredictionEngine<TextRow, FeatureRow> engine = _ml.Model.CreatePredictionEngine<TextRow, FeatureRow>(
            transformer, new PredictionEngineOptions { OwnsTransformer = false });

        AssertNear(batch, [.. Texts.Select(text => engine.Predict(new TextRow { Text = text }).Features)]);
    }

    [Fact]
    public void ExtractSentencePairFeatures_SavedAndLoaded_GivesTheSame()
    {
        using TemporaryFolder folder = new();
        Backbone tiny = TinyTextBackbone.Load(folder, [.. Texts, "the second sentence or the other"], pairs: true);
        IDataView rows = Rows(Texts);
        using TextFeatureExtractingTransformer transformer = _ml.Transforms.ExtractSentencePairFeatures("Features", "Text", "Second", tiny).Fit(rows);
        float[][] expected = [.. transformer.Transform(rows).GetColumn<float[]>("Features")];
        string zip = Path.Combine(_folder, "pair.zip");

        _ml.Model.Save(transformer, rows.Schema, zip);

        AssertNear(expected, [.. _ml.Model.Load(zip, out _).Transform(rows).GetColumn<float[]>("Features")]);

        // The second text counts: with another one the features differ.
        Assert.NotEqual(expected[0], (float[])[.. transformer.Transform(Rows([Texts[0]], "other")).GetColumn<float[]>("Features").Single()]);
    }

    [Theory]
    [InlineData(16)]
    [InlineData(100_000)]
    public void Transform_AnyTokenBudget_KeepsOrderAndValues(int tokens)
    {
        float[][] expected = Features(new TextFeatureOptions());

        AssertNear(expected, Features(new TextFeatureOptions { BatchTokens = tokens }));
    }

    [Theory]
    [InlineData(Pooling.FirstToken)]
    [InlineData(Pooling.LastToken)]
    [InlineData(Pooling.Max)]
    [InlineData(Pooling.MeanMax)]
    [InlineData(Pooling.Mean)]
    public void Transform_PoolingInABatchWithPadding_EqualsTheRowAlone(Pooling pooling)
    {
        // A batch of one row has no padding: masked pooling in a padded batch must not see the padding.
        using TemporaryFolder folder = new();
        Backbone tiny = TinyTextBackbone.Load(folder, Texts);
        TextFeatureOptions options = new() { Feature = new FeatureTensor { Tensor = "last_hidden_state", Pooling = pooling } };

        AssertNear(Features(options with { BatchTokens = 16 }, tiny), Features(options with { BatchTokens = 100_000 }, tiny));
    }

    [Fact]
    public void Transform_WithCache_GivesTheSame()
    {
        TextFeatureOptions options = new() { Cache = new FeatureCacheOptions { Directory = Path.Combine(_folder, "cache") } };

        Assert.Equal(Features(options), Features(options));
    }

    [Fact]
    public void Fit_WrongColumn_NamesIt()
    {
        Exception missing = Assert.ThrowsAny<ArgumentException>(() => _ml.Transforms.ExtractTextFeatures("Features", "text", MiniLM).Fit(Rows(Texts)));
        Exception type = Assert.ThrowsAny<ArgumentException>(() => _ml.Transforms.ExtractTextFeatures("Features", "Number", MiniLM).Fit(Rows(Texts)));

        Assert.Contains("'text'", missing.Message, StringComparison.Ordinal);
        Assert.Contains("'Number'", type.Message, StringComparison.Ordinal);
    }

    private static void AssertNear(float[][] expected, float[][] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), static pair => Assert.All(pair.First.Zip(pair.Second), static value => Assert.Equal(value.First, value.Second, 1e-4f)));
    }

    private float[][] Features(TextFeatureOptions options, Backbone? backbone = null)
    {
        IDataView rows = Rows(Texts);
        using TextFeatureExtractingTransformer transformer = _ml.Transforms.ExtractTextFeatures("Features", "Text", backbone ?? MiniLM, options).Fit(rows);
        return [.. transformer.Transform(rows).GetColumn<float[]>("Features")];
    }

    private IDataView Rows(string[] texts, string second = "the second sentence") =>
        _ml.Data.LoadFromEnumerable(texts.Select(text => new TextRow { Text = text, Second = second }).ToArray());

#pragma warning disable CA1812 // Made by ML.NET.
    private sealed class TextRow
    {
        public string Text { get; set; } = string.Empty;

        public string Second { get; set; } = string.Empty;

        public float Number { get; set; }
    }

    private sealed class FeatureRow
    {
        public float[] Features { get; set; } = [];
    }
#pragma warning restore CA1812
}
