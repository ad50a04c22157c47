using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Pipelines.Tests.Features;

public sealed class TextFeatureExtractingTests : IDisposable
{
    private static readonly TextRow[] Rows =
    [
        new() { Text = "I lost my card, what now?", Label = "card", Other = "Somebody stole my wallet." },
        new() { Text = "My card has not arrived yet.", Label = "card", Other = "" },
        new() { Text = "How do I freeze my card", Label = "card", Other = "Caf\u00e9 [MASK] \u4e2d\u6587" },
        new() { Text = "What is the exchange rate for euros?", Label = "rate", Other = "  " },
        new() { Text = "Do you exchange dollars to pounds?", Label = "rate", Other = "\0\t" },
        new() { Text = "", Label = "rate", Other = "Exchange rates of last week, of last month and of last year: where are they?" },
        new() { Text = "Exchange RATE!!! \U0001F600 " + string.Concat(Enumerable.Repeat("far too long ", 200)), Label = "rate", Other = "x" },
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-texts-").FullName;
    private readonly MLContext _ml = new(seed: 1);

    private static Backbone MiniLM => Backbone.Load("all-MiniLM-L6-v2");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task SavedModel_InStockOnlyProcess_PredictsTheSame()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(Rows);
        var model = _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(_ml.Transforms.ExtractTextFeatures("Features", "Text", MiniLM))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(rows);
        IDataView expected = model.Transform(rows);
        string zip = Path.Combine(_folder, "model.zip");

        _ml.Model.Save(model, rows.Schema, zip);
        IReadOnlyList<StockPrediction> actual = await StockOnlyProgram.PredictAsync(zip, "Text", Rows.Select(static row => row.Text).Where(static text => text.Length > 0));

        var wanted = expected.GetColumn<string>("PredictedLabel").Zip(expected.GetColumn<float[]>("Score")).Where((_, i) => Rows[i].Text.Length > 0).ToArray();
        Assert.Equal(wanted.Select(static row => row.First), actual.Select(static row => row.Label));
        Assert.All(wanted.Zip(actual), static row => AssertClose(row.First.Second, row.Second.Scores));
        Assert.Equal(2, wanted.Select(static row => row.First).Distinct().Count());
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(false, 8)]
    [InlineData(true, null)]
    [InlineData(true, 8)]
    public void SavedTransformer_EveryRow_GivesTheFeaturesOfTraining(bool pairs, int? maximumLength)
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(Rows);
        TextFeatureOptions options = new() { MaximumLength = maximumLength };
        TextFeatureExtractingEstimator estimator = pairs
            ? _ml.Transforms.ExtractSentencePairFeatures("Features", "Text", "Other", MiniLM, options)
            : _ml.Transforms.ExtractTextFeatures("Features", "Text", MiniLM, options);
        using TextFeatureExtractingTransformer transformer = estimator.Fit(rows);
        float[][] expected = [.. transformer.Transform(rows).GetColumn<float[]>("Features")];
        string zip = Path.Combine(_folder, "features.zip");

        _ml.Model.Save(transformer, rows.Schema, zip);
        ITransformer stock = _ml.Model.Load(zip, out _);
        float[][] actual = [.. stock.Transform(rows).GetColumn<float[]>("Features")];

        Assert.DoesNotContain("MLTransfer", stock.GetType().FullName, StringComparison.Ordinal);
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), static row => AssertClose(row.First, row.Second));
        Assert.True(expected[0].Zip(expected[1]).Max(static pair => Math.Abs(pair.First - pair.Second)) > 0.01f);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), static pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
    }

#pragma warning disable CA1812 // Made by ML.NET.
    private sealed class TextRow
    {
        public string Text { get; set; } = string.Empty;

        public string Other { get; set; } = string.Empty;

        public string Label { get; set; } = string.Empty;
    }
#pragma warning restore CA1812
}
