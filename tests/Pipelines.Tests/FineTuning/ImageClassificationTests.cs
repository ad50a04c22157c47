using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning.Rates;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.FineTuning;
using Metrics = MLTransfer.Pipelines.FineTuning.ImageClassificationTrainer.ImageClassificationMetrics;

namespace MLTransfer.Pipelines.Tests.FineTuning;

public sealed class ImageClassificationTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void ImageClassification_Options_TrainTheHeadAndTellTheCallback()
    {
        List<Metrics> told = [];
        IDataView rows = Photos(4), validation = Photos(2);
        var trainer = _ml.MulticlassClassification.Trainers.ImageClassification(new ImageClassificationTrainer.Options
        {
            LabelColumnName = "Label",
            FeatureColumnName = "Features",
            ScoreColumnName = "Points",
            PredictedLabelColumnName = "Guess",
            Backbone = Backbone.Load("efficientnet-lite0"),
            Epoch = 30,
            BatchSize = 5,
            LearningRate = 0.02f,
            EarlyStoppingCriteria = new ImageClassificationTrainer.EarlyStopping(minDelta: 0.001f, patience: 20, metric: ImageClassificationTrainer.EarlyStoppingMetric.Loss),
            MetricsCallback = told.Add,
            ValidationSet = validation,
        });

        ITransformer model = trainer.Fit(rows);

        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(model.Transform(rows), "Label", "Points", predictedLabelColumnName: "Guess");
        Assert.True(metrics.MicroAccuracy >= 0.9, $"accuracy {metrics.MicroAccuracy}");
        Assert.Equal(30, told.Count(static entry => entry.Bottleneck is not null)); // each image once, whatever the number of epochs
        ImageClassificationTrainer.TrainMetrics[] training = [.. told.Select(static entry => entry.Train!).Where(static train => train?.DatasetUsed == Metrics.Dataset.Train)];
        ImageClassificationTrainer.TrainMetrics[] validated = [.. told.Select(static entry => entry.Train!).Where(static train => train?.DatasetUsed == Metrics.Dataset.Validation)];
        Assert.Equal(training.Length, validated.Length);
        Assert.Equal(Enumerable.Range(0, training.Length), training.Select(static train => train.Epoch));
        Assert.True(training[^1].Accuracy > 0.9 && training[^1].CrossEntropy < training[0].CrossEntropy);
        Assert.Equal(0.02f, training[^1].LearningRate, 1e-6f);
    }

    // A gain of a whole point is out of reach after the first epochs, so that the training ends two epochs after its best.
    [Fact]
    public void ImageClassification_NoGain_EndsEarly()
    {
        List<Metrics> told = [];
        IDataView rows = Photos(3);

        _ = _ml.MulticlassClassification.Trainers.ImageClassification(new ImageClassificationTrainer.Options
        {
            Epoch = 50,
            EarlyStoppingCriteria = new ImageClassificationTrainer.EarlyStopping(minDelta: 1, patience: 2),
            ValidationSetFraction = null,
            MetricsCallback = told.Add,
        }).Fit(rows);

        Assert.Equal(2, told.Max(static entry => entry.Train?.Epoch));
    }

    [Fact]
    public void FindLearningRate_ThenFit_GivesTheModelOfFitAlone()
    {
        List<Metrics> told = [];
        IDataView rows = Photos(2);
        ImageClassificationTrainer Trainer() => _ml.MulticlassClassification.Trainers.ImageClassification(
            new ImageClassificationTrainer.Options { Epoch = 5, BatchSize = 5, ValidationSetFraction = null, EarlyStoppingCriteria = null, MetricsCallback = told.Add });
        float[][] alone = [.. Trainer().Fit(rows).Transform(rows).GetColumn<float[]>("Score")];
        ImageClassificationTrainer trainer = Trainer();
        told.Clear();

        LearningRateRange range = trainer.FindLearningRate(rows, new LearningRateRangeOptions { Lowest = 1e-5, Highest = 10, Steps = 60 });
        Assert.All(told, static metrics => Assert.Null(metrics.Train));
        float[][] after = [.. trainer.Fit(rows).Transform(rows).GetColumn<float[]>("Score")];

        double rate = Assert.NotNull(range.SuggestedRate);
        Assert.InRange(rate, 1e-5, range.Lowest.LearningRate / 10 * 1.0001);
        Assert.Equal(rate, range.SuggestedHeadRate!.Value, 1e-12);
        Assert.Equal(alone, after);
    }

    [Fact]
    public void FindLearningRate_OptionOutOfRange_NamesIt() => Assert.Contains(
        "'steps'",
        Assert.Throws<UserException>(() => _ml.MulticlassClassification.Trainers.ImageClassification().FindLearningRate(Photos(1), new LearningRateRangeOptions { Steps = 1 })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void ImageClassification_NothingToMeasure_SaysWhatToSet() => Assert.Contains(
        "ValidationSetFraction",
        Assert.Throws<ArgumentException>(() => _ml.MulticlassClassification.Trainers.ImageClassification(
            new ImageClassificationTrainer.Options { ValidationSetFraction = null, TestOnTrainSet = false })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void ImageClassification_OptionOutOfRange_NamesIt() => Assert.Contains(
        "'epochs'",
        Assert.Throws<UserException>(() => _ml.MulticlassClassification.Trainers.ImageClassification(new ImageClassificationTrainer.Options { Epoch = 0 })).Message,
        StringComparison.Ordinal);

    private IDataView Photos(int perClass)
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(
            from type in Directory.GetDirectories(Path.Combine(Repository.Root, "samples", "flowers", "data", "train")).Order(StringComparer.Ordinal)
            from file in Directory.GetFiles(type).Order(StringComparer.Ordinal).Take(perClass)
            select new Photo { Features = file, Label = Path.GetFileName(type) });
        return _ml.Transforms.Conversion.MapValueToKey("Label").Fit(rows).Transform(rows);
    }

    private sealed class Photo
    {
        public string Features { get; set; } = "";

        public string Label { get; set; } = "";
    }
}
