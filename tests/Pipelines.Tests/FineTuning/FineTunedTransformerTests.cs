using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.Export;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.FineTuning;
using MLTransfer.Pipelines.Tests.Features;

namespace MLTransfer.Pipelines.Tests.FineTuning;

public sealed class FineTunedTransformerTests : IDisposable
{
    private static readonly (string Text, string Label, float Points)[] Texts =
    [
        ("a wonderful film", "good", 4), ("a boring film", "bad", 1), ("great cast and a lovely story", "good", 5), ("a terrible mess", "bad", 0),
        ("I loved every minute of it", "good", 5), ("I hated it", "bad", 0), ("funny, warm and clever", "good", 4), ("dull and far too long", "bad", 1),
    ];

    private static readonly FineTuneOptions Adapters = new() { Train = new FreezePlan { Lora = new LoraOptions { Rank = 2 } }, Epochs = 10, LearningRate = 0.02, HeadLearningRate = 0.02 };

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly Backbone _backbone;

    public FineTunedTransformerTests() => _backbone = TinyTextBackbone.Load(_folder, Texts.Select(static row => row.Text));

    public void Dispose() => _folder.Dispose();

    // Features and scores of the zip, which knows nothing of adapters, against those of the file of adapters and the backbone as it was.
    [Fact]
    public void Adapter_MergedIntoTheBackbone_GivesTheFeaturesAndScoresOfTheSavedModel()
    {
        IDataView rows = Keyed();
        TransformerChain<ITransformer> model = Pipeline(Adapters).Fit(Rows());
        string zip = _folder.PathOf("model.zip"), file = _folder.PathOf("adapter.safetensors");
        _ml.Model.Save(model, Rows().Schema, zip);
        model.OfType<FineTunedTransformer>().Single().Adapter!.Save(file);

        LoraAdapter adapter = LoraAdapter.Load(file);
        float[][] merged = Features(adapter.Merge(_backbone, _folder.PathOf("merged")), rows);
        IDataView saved = _ml.Model.Load(zip, out _).Transform(Rows());

        Assert.Equal(["bad", "good"], adapter.Classes.Order(StringComparer.Ordinal));
        Near(saved.GetColumn<float[]>("Features"), merged);
        Near(saved.GetColumn<float[]>("Score"), merged.Select(row => Softmax(Logits(adapter, row))));
        Assert.True(Features(_backbone, rows).Zip(merged).Max(static pair => Math.Abs(pair.First[0] - pair.Second[0])) > 0.01, "The adapters changed nothing.");
    }

    [Fact]
    public void Adapter_OfARegression_GivesItsNumbers()
    {
        using FineTunedTransformer model = _ml.Regression.Trainers.SentenceSimilarity(
            labelColumnName: "Points", sentence1ColumnName: "Text", sentence2ColumnName: null, backbone: _backbone, options: Adapters, cancellationToken: TestContext.Current.CancellationToken).Fit(Rows());

        LoraAdapter adapter = model.Adapter!;
        float[][] merged = Features(adapter.Merge(_backbone, _folder.PathOf("merged")), Rows());

        Assert.Equal(["Score"], adapter.Classes);
        Assert.All(model.Transform(Rows()).GetColumn<float>("Score").Zip(merged), pair => Assert.Equal(pair.First, Logits(adapter, pair.Second).Single(), 1e-4f));
    }

    [Fact]
    public void Adapter_WeightsThemselvesTrain_IsNull()
    {
        using FineTunedTransformer model = Trainer(new FineTuneOptions { Epochs = 1 }).Fit(Keyed());

        Assert.Null(model.Adapter);
    }

    [Fact]
    public async Task Save_Adapters_HoldsStockTransformsOnly()
    {
        TransformerChain<ITransformer> model = Pipeline(Adapters).Fit(Rows());
        string zip = _folder.PathOf("model.zip");

        _ml.Model.Save(model, Rows().Schema, zip);
        IReadOnlyList<StockPrediction> stock = await StockOnlyProgram.PredictAsync(zip, "Text", Texts.Select(static row => row.Text));

        Near(model.Transform(Rows()).GetColumn<float[]>("Score"), stock.Select(static row => row.Scores));
        Assert.All(Leaves(_ml.Model.Load(zip, out _)), static step => Assert.StartsWith("Microsoft.ML", step.GetType().Namespace, StringComparison.Ordinal));
    }

    // The zip holds the graph where batched loading and the export look for it.
    [Fact]
    public void Save_ThenLoadBatchedAndExport_FindsTheBackbone()
    {
        IDataView rows = Keyed();
        ITransformer model = Trainer(Adapters).Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(rows);
        string zip = _folder.PathOf("model.zip");
        _ml.Model.Save(model, rows.Schema, zip);

        ITransformer batched = _ml.Model.LoadBatched(zip, out _);
        OnnxExportReport report = _ml.Model.ExportToOnnx(zip, _folder.PathOf("model.onnx"), rows, cancellation: TestContext.Current.CancellationToken);

        Assert.Contains(Leaves(batched), static step => step is BatchedFeatureTransformer);
        Near(model.Transform(rows).GetColumn<float[]>("Score"), batched.Transform(rows).GetColumn<float[]>("Score"));
        Assert.Equal(Texts.Length, report.RowsCompared);
    }

    [Fact]
    public void FineTuneText_Adapters_PassesTheWorkout() => EstimatorWorkout.Run(_ml, Trainer(Adapters), Keyed(), ["Text"], wrong: "Points");

    [Fact]
    public void CreatePredictionEngine_TheModelItself_GivesTheScoresOfABatch()
    {
        FineTunedTransformer model = Trainer(Adapters).Fit(Keyed());
        float[][] scores = [.. model.Transform(Keyed()).GetColumn<float[]>("Score")];

        using PredictionEngine<Text, Scores> engine = _ml.Model.CreatePredictionEngine<Text, Scores>(model, ignoreMissingColumns: true);

        Near(scores, Texts.Select(row => engine.Predict(new Text { Value = row.Text }).Score));
    }

    [Fact]
    public void Dispose_Model_DisposesOfItsSteps()
    {
        DisposableStep step = new();

        new FineTunedTransformer(new TransformerChain<ITransformer>(step), null).Dispose();

        Assert.True(step.IsDisposed);
    }

    private TextFineTuningEstimator Trainer(FineTuneOptions options) =>
        _ml.MulticlassClassification.Trainers.FineTuneText(_backbone, "Class", options: options, cancellationToken: TestContext.Current.CancellationToken);

    private EstimatorChain<ITransformer> Pipeline(FineTuneOptions options) => _ml.Transforms.Conversion.MapValueToKey("Class", "Label")
        .Append(Trainer(options))
        .Append((IEstimator<ITransformer>)_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(Texts.Select(static (row, i) => new Review { Key = $"{i}", Text = row.Text, Label = row.Label, Points = row.Points }));

    private IDataView Keyed() => _ml.Transforms.Conversion.MapValueToKey("Class", "Label").Fit(Rows()).Transform(Rows());

    private float[][] Features(Backbone backbone, IDataView rows)
    {
        using TextFeatureExtractingTransformer extractor = _ml.Transforms.ExtractTextFeatures("Plain", "Text", backbone).Fit(rows);
        return [.. extractor.Transform(rows).GetColumn<float[]>("Plain")];
    }

    private static float[] Logits(LoraAdapter adapter, float[] features) =>
        [.. adapter.HeadBiases.Select((bias, c) => bias + features.Select((value, i) => value * adapter.HeadWeights[(c * features.Length) + i]).Sum())];

    private static float[] Softmax(float[] logits)
    {
        double sum = logits.Sum(static logit => Math.Exp(logit));
        return [.. logits.Select(logit => (float)(Math.Exp(logit) / sum))];
    }

    private static void Near(IEnumerable<float[]> expected, IEnumerable<float[]> actual)
    {
        float[][] first = [.. expected], second = [.. actual];
        Assert.Equal(Texts.Length, first.Length);
        Assert.Equal(first.Length, second.Length);
        Assert.All(first.Zip(second), static row => Assert.All(row.First.Zip(row.Second), static pair => Assert.Equal(pair.First, pair.Second, 1e-4f)));
    }

    private static IEnumerable<ITransformer> Leaves(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.SelectMany(Leaves) : [model];

    private sealed class Review
    {
        public string Key { get; set; } = "";

        public string Text { get; set; } = "";

        public string Label { get; set; } = "";

        public float Points { get; set; }
    }

    private sealed class Text
    {
        [ColumnName("Text")]
        public string Value { get; set; } = "";
    }

#pragma warning disable CA1812 // Made by ML.NET.
    private sealed class Scores
    {
        public float[] Score { get; set; } = [];
    }
#pragma warning restore CA1812

    private sealed class DisposableStep : ITransformer, IDisposable
    {
        public bool IsDisposed { get; private set; }

        public bool IsRowToRowMapper => false;

        public void Dispose() => IsDisposed = true;

        public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

        public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

        public IDataView Transform(IDataView input) => input;

        public void Save(ModelSaveContext ctx) => throw new NotSupportedException();
    }
}
