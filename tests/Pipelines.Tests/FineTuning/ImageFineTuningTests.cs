using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Images;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.FineTuning;
using MLTransfer.Pipelines.Tests.Features;

namespace MLTransfer.Pipelines.Tests.FineTuning;

public sealed class ImageFineTuningTests
{
    private static readonly FineTuneOptions Quick = new()
    {
        Train = new FreezePlan { Top = 1 },
        Epochs = 4,
        BatchSize = 10,
        HeadLearningRate = 0.02,
        Augmentation = new ImageAugmentation { Flip = true, Views = 2 },
    };

    private readonly MLContext _ml = new(seed: 1);

    private static Backbone Lite0 => Backbone.Load("efficientnet-lite0");

    [Fact]
    public async Task FineTuneImage_SavedModel_PredictsTheSameInAStockProgram()
    {
        using TemporaryFolder folder = new();
        IDataView rows = Photos(6);
        ITransformer model = _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(_ml.MulticlassClassification.Trainers.FineTuneImage(Lite0, options: Quick, validationSet: Keyed(Photos(2)), cancellationToken: TestContext.Current.CancellationToken))
            .Append((IEstimator<ITransformer>)_ml.Transforms.Conversion.MapKeyToValue("PredictedText", "PredictedLabel"))
            .Fit(rows);
        IDataView scored = model.Transform(rows);

        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(scored);
        Photo[] photos = [.. _ml.Data.CreateEnumerable<Photo>(rows, reuseRowObject: false)];
        using PredictionEngine<Photo, Prediction> engine = _ml.Model.CreatePredictionEngine<Photo, Prediction>(model);
        Prediction one = engine.Predict(photos[0]);
        string path = folder.PathOf("model.zip");
        _ml.Model.Save(model, rows.Schema, path);
        IReadOnlyList<StockPrediction> stock = await StockOnlyProgram.PredictAsync(path, "ImagePath", photos.Select(static photo => photo.ImagePath));

        Assert.True(metrics.MicroAccuracy >= 0.8, $"accuracy {metrics.MicroAccuracy}");
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        Assert.All(stock.Zip(scores), static pair => Assert.All(pair.First.Scores.Zip(pair.Second), static score => Assert.Equal(score.Second, score.First, 1e-4f)));
        Assert.All(one.Score.Zip(scores[0]), static score => Assert.Equal(score.Second, score.First, 1e-4f));
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["PredictedLabel"].GetKeyValues(ref names);
        Assert.Equal(["daisy", "dandelion", "roses", "sunflowers", "tulips"], names.DenseValues().Select(static name => name.ToString()).Order());
        Assert.Contains(one.PredictedText, names.DenseValues().Select(static name => name.ToString()));
    }

    [Fact]
    public void FineTuneImage_ImagesInMemory_TrainsAsOnPaths()
    {
        IDataView rows = Keyed(Photos(2));
        IDataView images = _ml.Transforms.LoadImages("Image", "", "ImagePath").Fit(rows).Transform(rows);
        FineTuneOptions options = Quick with { Epochs = 1, Train = new FreezePlan { Top = 0 }, Augmentation = new ImageAugmentation() };

        ITransformer model = _ml.MulticlassClassification.Trainers.FineTuneImage(Lite0, imageColumnName: "Image", options: options, cancellationToken: TestContext.Current.CancellationToken).Fit(images);

        Assert.Equal(10, model.Transform(images).GetColumn<float[]>("Score").Count(static scores => Math.Abs(scores.Sum() - 1) < 1e-4));
        Assert.IsType<KeyDataViewType>(model.GetOutputSchema(images.Schema)["PredictedLabel"].Type, exactMatch: false);
    }

    [Fact]
    public void FineTuneImage_Adapters_MergeToTheFeaturesOfTheModel()
    {
        using TemporaryFolder folder = new();
        IDataView rows = Keyed(Photos(1));
        FineTuneOptions options = new() { Train = new FreezePlan { Lora = new LoraOptions { Rank = 2 } }, Epochs = 2, LearningRate = 0.01 };

        using FineTunedTransformer model = _ml.MulticlassClassification.Trainers.FineTuneImage(Lite0, options: options, cancellationToken: TestContext.Current.CancellationToken).Fit(rows);
        Backbone merged = model.Adapter!.Merge(Lite0, folder.PathOf("merged"));

        float[][] expected = [.. model.Transform(rows).GetColumn<float[]>("Features")];
        Assert.All(expected.Zip(Plain(merged)), static pair => Assert.All(pair.First.Zip(pair.Second), static value => Assert.Equal(value.First, value.Second, 1e-4f)));
        Assert.Contains(expected.Zip(Plain(Lite0)), static pair => Math.Abs(pair.First[0] - pair.Second[0]) > 0.01);

        float[][] Plain(Backbone backbone) => [.. _ml.Transforms.ExtractImageFeatures("Plain", "ImagePath", backbone).Fit(rows).Transform(rows).GetColumn<float[]>("Plain")];
    }

    [Fact]
    public void Fit_BytesOfImageFiles_SaysWhatToGive()
    {
        IDataView rows = Keyed(Photos(1));
        IDataView bytes = _ml.Transforms.LoadRawImageBytes("Bytes", "", "ImagePath").Fit(rows).Transform(rows);

        UserException exception = Assert.Throws<UserException>(
            () => _ml.MulticlassClassification.Trainers.FineTuneImage(Lite0, imageColumnName: "Bytes", cancellationToken: TestContext.Current.CancellationToken).Fit(bytes));

        Assert.Contains("LoadRawImageBytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fit_Log_HearsOfEpochsAndMetrics()
    {
        List<LoggingEventArgs> messages = [];
        List<TrainingProgress> told = [];
        _ml.Log += (_, message) => messages.Add(message);
        IDataView rows = Keyed(Photos(2));
        FineTuneOptions options = Quick with { Epochs = 2, Train = new FreezePlan { Top = 0 } };

        _ = _ml.MulticlassClassification.Trainers
            .FineTuneImage(Lite0, options: options, validationSet: rows, progress: new Listener(told), cancellationToken: TestContext.Current.CancellationToken).Fit(rows);

        string[] epochs = [.. messages.Where(static message => message.Source.Contains("FineTuneImage", StringComparison.Ordinal) && message.Kind == ChannelMessageKind.Info).Select(static message => message.RawMessage)];
        Assert.Contains(epochs, static line => line.StartsWith("epoch 2: training loss ", StringComparison.Ordinal) && line.Contains("validation accuracy ", StringComparison.Ordinal));
        Assert.Contains(messages, static message => message.Kind == ChannelMessageKind.Trace && message.RawMessage.StartsWith("epoch 1 of 2, step 1", StringComparison.Ordinal));
        Assert.Equal(2, told.Count(static progress => progress.Measure is not null));
    }

    [Fact]
    public void Fit_BrokenImage_NamesIt()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.PathOf("broken.jpg"), "no picture");
        IDataView rows = Keyed(_ml.Data.LoadFromEnumerable([new Photo { ImagePath = folder.PathOf("broken.jpg"), Label = "a" }, new Photo { ImagePath = folder.PathOf("none.jpg"), Label = "b" }]));

        UserException exception = Assert.ThrowsAny<UserException>(() => _ml.MulticlassClassification.Trainers.FineTuneImage(Lite0, cancellationToken: TestContext.Current.CancellationToken).Fit(rows));

        Assert.Contains("broken.jpg", exception.Message, StringComparison.Ordinal);
    }

    private IDataView Keyed(IDataView rows) => _ml.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);

    // The photos of the sample.
    private IDataView Photos(int perClass) => _ml.Data.LoadFromEnumerable(
        from type in Directory.GetDirectories(Path.Combine(Repository.Root, "samples", "flowers", "data", "train")).Order(StringComparer.Ordinal)
        from file in Directory.GetFiles(type).Order(StringComparer.Ordinal).Take(perClass)
        select new Photo { ImagePath = file, Label = Path.GetFileName(type) });

    private sealed class Photo
    {
        public string ImagePath { get; set; } = "";

        public string Label { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedText { get; set; } = "";

        public float[] Score { get; set; } = [];
    }

    private sealed class Listener(List<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told.Add(value);
    }
}
