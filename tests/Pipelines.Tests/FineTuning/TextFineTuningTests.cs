using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Rates;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.FineTuning;
using MLTransfer.Pipelines.Tests.Features;

namespace MLTransfer.Pipelines.Tests.FineTuning;

public sealed class TextFineTuningTests
{
    private static readonly FineTuneOptions Quick = new() { Train = new FreezePlan { Top = 1 }, Epochs = 3, BatchSize = 8 };

    private readonly MLContext _ml = new(seed: 1);

    private static Backbone MiniLM => Backbone.Load("all-MiniLM-L6-v2");

    [Fact]
    public async Task FineTuneText_SavedModel_PredictsTheSameInAStockProgram()
    {
        using TemporaryFolder folder = new();
        IDataView rows = Rows();
        ITransformer model = Pipeline(Quick).Fit(rows);
        IDataView scored = model.Transform(rows);

        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(scored);
        using PredictionEngine<Review, Prediction> engine = _ml.Model.CreatePredictionEngine<Review, Prediction>(model);
        Prediction one = engine.Predict(new Review { Text = Texts[0].Text });
        string path = folder.PathOf("model.zip");
        _ml.Model.Save(model, rows.Schema, path);
        IReadOnlyList<StockPrediction> stock = await StockOnlyProgram.PredictAsync(path, "Text", Texts.Select(static row => row.Text));

        Assert.True(metrics.MicroAccuracy >= 0.75);
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        Assert.All(stock.Zip(scores), static pair => Assert.All(pair.First.Scores.Zip(pair.Second), static score => Assert.Equal(score.Second, score.First, 1e-4f)));
        Assert.All(one.Score.Zip(scores[0]), static score => Assert.Equal(score.Second, score.First, 1e-4f));
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Score"].GetSlotNames(ref names);
        Assert.Equal(["negative", "positive"], names.DenseValues().Select(static name => name.ToString()).Order());
    }

    [Fact]
    public void Fit_Cancelled_Stops()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource source = new();
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(Rows()).Transform(Rows());

        Assert.Throws<OperationCanceledException>(() => _ml.MulticlassClassification.Trainers
            .FineTuneText(TinyTextBackbone.Load(folder, Texts.Select(static row => row.Text)), options: Quick with { Epochs = 1000 }, progress: new CancelAt(source, 2), cancellationToken: source.Token)
            .Fit(keyed));
    }

    [Fact]
    public void Fit_GpuOfTheContextThatIsNotThere_SaysSo()
    {
        using TemporaryFolder folder = new();
        (TextFineTuningEstimator trainer, IDataView keyed) = TinyOn(folder);
        _ml.GpuDeviceId = 255; // no machine has so many

        UserException error = Assert.Throws<UserException>(() => trainer.Fit(keyed));

        Assert.Contains("TorchSharp finds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_GpuOfTheContextThatIsNotThereAndFallback_TrainsOnTheProcessorAndSaysSo()
    {
        using TemporaryFolder folder = new();
        (TextFineTuningEstimator trainer, IDataView keyed) = TinyOn(folder);
        float[][] expected = [.. trainer.Fit(keyed).Transform(keyed).GetColumn<float[]>("Score")];
        List<string> log = [];
        _ml.Log += (_, line) => log.Add(line.RawMessage);
        (_ml.GpuDeviceId, _ml.FallbackToCpu) = (255, true);

        float[][] actual = [.. trainer.Fit(keyed).Transform(keyed).GetColumn<float[]>("Score")];

        Assert.Equal(expected, actual);
        Assert.Contains(log, static line => line.Contains("the processor takes over", StringComparison.Ordinal));
    }

    [Fact]
    public void FindLearningRate_ThenFit_GivesTheModelOfFitAlone()
    {
        using TemporaryFolder folder = new();
        Backbone tiny = TinyTextBackbone.Load(folder, Texts.Select(static row => row.Text));
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(Rows()).Transform(Rows());
        TextFineTuningEstimator Trainer() => _ml.MulticlassClassification.Trainers.FineTuneText(
            tiny, options: Quick with { HeadStart = HeadStart.Random }, cancellationToken: TestContext.Current.CancellationToken);
        float[][] alone = [.. Trainer().Fit(keyed).Transform(keyed).GetColumn<float[]>("Score")];
        TextFineTuningEstimator trainer = Trainer();

        LearningRateRange range = trainer.FindLearningRate(keyed, new LearningRateRangeOptions { Lowest = 1e-5, Highest = 10, Steps = 60 });
        float[][] after = [.. trainer.Fit(keyed).Transform(keyed).GetColumn<float[]>("Score")];

        double rate = Assert.NotNull(range.SuggestedRate);
        Assert.InRange(rate, 1e-5, range.Lowest.LearningRate / 10 * 1.0001);
        Assert.Equal(rate * Quick.HeadLearningRate / Quick.LearningRate, range.SuggestedHeadRate!.Value, 1e-9);
        Assert.Equal(alone, after);
    }

    [Fact]
    public void FindLearningRate_OptionOutOfRange_NamesIt() => Assert.Contains(
        "'steps'",
        Assert.Throws<UserException>(() => _ml.MulticlassClassification.Trainers.FineTuneText(MiniLM, cancellationToken: TestContext.Current.CancellationToken)
            .FindLearningRate(Rows(), new LearningRateRangeOptions { Steps = 1 })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Fit_LabelThatIsNoKey_SaysWhatWasExpected() => Assert.Contains(
        "expected Key",
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.MulticlassClassification.Trainers.FineTuneText(MiniLM, cancellationToken: TestContext.Current.CancellationToken).Fit(Rows())).Message,
        StringComparison.Ordinal);

    [Fact]
    public void FineTuneText_OptionOutOfRange_NamesIt() => Assert.Contains(
        "'epochs'",
        Assert.Throws<UserException>(() => _ml.MulticlassClassification.Trainers.FineTuneText(MiniLM, options: new FineTuneOptions { Epochs = 0 }, cancellationToken: TestContext.Current.CancellationToken)).Message,
        StringComparison.Ordinal);

    private static readonly (string Text, string Label)[] Texts =
    [
        ("a wonderful film", "positive"), ("a boring film", "negative"), ("great cast and a lovely story", "positive"), ("a terrible mess", "negative"),
        ("I loved every minute of it", "positive"), ("I hated it", "negative"), ("funny, warm and clever", "positive"), ("dull and far too long", "negative"),
        ("one of the best of the year", "positive"), ("one of the worst of the year", "negative"), ("a joy to watch", "positive"), ("a waste of time", "negative"),
    ];

    private (TextFineTuningEstimator Trainer, IDataView Rows) TinyOn(TemporaryFolder folder) =>
        (_ml.MulticlassClassification.Trainers.FineTuneText(
            TinyTextBackbone.Load(folder, Texts.Select(static row => row.Text)), options: Quick with { Epochs = 1 }, cancellationToken: TestContext.Current.CancellationToken),
        _ml.Transforms.Conversion.MapValueToKey("Label").Fit(Rows()).Transform(Rows()));

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(Texts.Select(static row => new Review { Text = row.Text, Label = row.Label }));

    private EstimatorChain<ITransformer> Pipeline(FineTuneOptions options) => _ml.Transforms.Conversion.MapValueToKey("Label")
        .Append(_ml.MulticlassClassification.Trainers.FineTuneText(MiniLM, options: options))
        .Append((IEstimator<ITransformer>)_ml.Transforms.Conversion.MapKeyToValue("PredictedText", "PredictedLabel"));

    private sealed class Review
    {
        public string Text { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedText { get; set; } = "";

        public float[] Score { get; set; } = [];
    }

    private sealed class CancelAt(CancellationTokenSource source, long step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == TrainingStage.Training && value.Done >= step)
            {
                source.Cancel();
            }
        }
    }
}
