using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Training.Losses;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.FineTuning;
using MLTransfer.Pipelines.Tests.Features;

namespace MLTransfer.Pipelines.Tests.FineTuning;

public sealed class MovingTextTests
{
    private static readonly (string First, string Second, float Alike)[] Pairs =
    [
        ("a man plays a guitar", "a man is playing the guitar", 5), ("a dog runs in a field", "a dog is running over grass", 4), ("she cuts an onion", "a woman slices an onion", 4.5f),
        ("two boys ride bikes", "two boys are on their bicycles", 4.8f), ("a man plays a guitar", "a cat sleeps on a sofa", 0), ("a dog runs in a field", "the bank raised its rates", 0.2f),
        ("she cuts an onion", "a plane lands in the rain", 0), ("two boys ride bikes", "the tea is too hot", 0.1f),
    ];

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void TextClassification_Pairs_HasTheColumnsThatWereAskedFor()
    {
        IDataView rows = _ml.Transforms.Conversion.MapValueToKey("Class").Fit(Rows()).Transform(Rows());
        IEstimator<ITransformer> trainer = _ml.MulticlassClassification.Trainers.TextClassification(
            labelColumnName: "Class", scoreColumnName: "Points", outputColumnName: "Guess", sentence1ColumnName: "Sentence1", sentence2ColumnName: "Sentence2",
            batchSize: 4, maxEpochs: 1, validationSet: rows, cancellationToken: TestContext.Current.CancellationToken);

        SchemaShape promised = trainer.GetOutputSchema(_ml.Transforms.Conversion.MapValueToKey("Class").GetOutputSchema(Shape()));
        ITransformer model = trainer.Fit(rows);

        DataViewSchema schema = model.GetOutputSchema(rows.Schema);
        Assert.IsType<KeyDataViewType>(schema["Guess"].Type, exactMatch: false);
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["Guess"].GetKeyValues(ref names);
        Assert.Equal(["alike", "other"], names.DenseValues().Select(static name => name.ToString()).Order());
        Assert.Null(schema.GetColumnOrNull("PredictedLabel"));
        Assert.Null(schema.GetColumnOrNull("Score"));
        Assert.Equal(
            schema.Where(static column => !column.IsHidden).Select(static column => column.Name).Order(StringComparer.Ordinal),
            promised.Select(static column => column.Name).Order(StringComparer.Ordinal));
        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(model.Transform(rows), "Class", "Points", predictedLabelColumnName: "Guess");
        Assert.InRange(metrics.MicroAccuracy, 0, 1);
    }

    [Fact]
    public async Task SentenceSimilarity_SavedModel_PredictsTheSameInAStockProgram()
    {
        using TemporaryFolder folder = new();
        IDataView rows = Rows();
        Backbone tiny = TinyTextBackbone.Load(folder, Pairs.SelectMany(static pair => new[] { pair.First, pair.Second }), pairs: true);
        ITransformer model = _ml.Regression.Trainers
            .SentenceSimilarity(
                labelColumnName: "Alike", batchSize: 4, maxEpochs: 40, backbone: tiny, validationSet: rows,
                options: new FineTuneOptions { LearningRate = 0.01, HeadLearningRate = 0.05 }, cancellationToken: TestContext.Current.CancellationToken)
            .Fit(rows);
        IDataView scored = model.Transform(rows);

        RegressionMetrics metrics = _ml.Regression.Evaluate(scored, "Alike");
        string path = folder.PathOf("model.zip");
        _ml.Model.Save(model, rows.Schema, path);
        IReadOnlyList<StockPrediction> stock = await StockOnlyProgram.PredictAsync(path, "Sentence1,Sentence2", Pairs.Select(static pair => $"{pair.First}\t{pair.Second}"));
        using PredictionEngine<Pair, Prediction> engine = _ml.Model.CreatePredictionEngine<Pair, Prediction>(model);

        Assert.True(metrics.RSquared > 0.5, $"R² {metrics.RSquared}");
        float[] scores = [.. scored.GetColumn<float>("Score")];
        Assert.All(stock.Zip(scores), static pair => Assert.Equal(pair.Second, Assert.Single(pair.First.Scores), 1e-4f));
        Assert.Equal(scores[0], engine.Predict(new Pair { Sentence1 = Pairs[0].First, Sentence2 = Pairs[0].Second }).Score, 1e-4f);
    }

    // The numbers are a linear function of what the backbone gives before the training, and the rates leave it and the head as they are.
    [Theory]
    [InlineData(HeadStart.Automatic, false, true)]
    [InlineData(HeadStart.Automatic, true, false)]
    [InlineData(HeadStart.Fitted, true, true)]
    [InlineData(HeadStart.Random, false, false)]
    public void SentenceSimilarity_FewRows_BeginsWithTheHeadOfARidgeRegression(HeadStart start, bool pairs, bool isFitted)
    {
        using TemporaryFolder folder = new();
        (Backbone backbone, IDataView rows) = Planted(folder, pairs);

        ITransformer model = _ml.Regression.Trainers.SentenceSimilarity(
            labelColumnName: "Alike", sentence2ColumnName: pairs ? "Sentence2" : null, maxEpochs: 1, backbone: backbone, options: new FineTuneOptions { HeadStart = start, LearningRate = 1e-9, HeadLearningRate = 1e-9 },
            cancellationToken: TestContext.Current.CancellationToken).Fit(rows);

        double explained = _ml.Regression.Evaluate(model.Transform(rows), "Alike").RSquared;
        Assert.True(isFitted ? explained > 0.95 : explained < 0.5, $"R² {explained}");
    }

    // 20 steps an epoch.
    [Theory]
    [InlineData(9, false, 1e-5)]
    [InlineData(10, false, 1e-4)]
    [InlineData(9, true, 1e-4)]
    public void SentenceSimilarity_FewerThan200Steps_HasATenthOfTheRateForSingleTexts(int epochs, bool pairs, double expected)
    {
        using TemporaryFolder folder = new();
        (Backbone backbone, IDataView rows) = Planted(folder, pairs);
        List<double> rates = [];

        _ = _ml.Regression.Trainers.SentenceSimilarity(
            labelColumnName: "Alike", sentence2ColumnName: pairs ? "Sentence2" : null, batchSize: 1, maxEpochs: epochs, backbone: backbone, progress: new Rates(rates),
            cancellationToken: TestContext.Current.CancellationToken).Fit(rows);

        Assert.Equal(expected, rates.Max(), expected * 0.1);
    }

    [Fact]
    public void SentenceSimilarity_OptionsForClasses_SaysThatThereAreNone() => Assert.Throws<UserException>(() => _ml.Regression.Trainers.SentenceSimilarity(
        options: new FineTuneOptions { Loss = new LossOptions { LabelSmoothing = 0.1 } }, cancellationToken: TestContext.Current.CancellationToken));

    [Fact]
    public void SentenceSimilarity_LabelThatIsNoNumber_SaysWhatWasExpected() => Assert.Contains(
        "expected Single",
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Regression.Trainers.SentenceSimilarity(labelColumnName: "Class", cancellationToken: TestContext.Current.CancellationToken).Fit(Rows())).Message,
        StringComparison.Ordinal);

    [Fact]
    public void SentenceSimilarity_LabelThatIsNotFinite_NamesTheRow()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable([new Pair { Sentence1 = "a", Sentence2 = "b", Alike = 1 }, new Pair { Sentence1 = "c", Sentence2 = "d", Alike = float.NaN }]);

        UserException exception = Assert.Throws<UserException>(() => _ml.Regression.Trainers.SentenceSimilarity(labelColumnName: "Alike", cancellationToken: TestContext.Current.CancellationToken).Fit(rows));

        Assert.Contains("Row 2", exception.Message, StringComparison.Ordinal);
    }

    private IDataView Rows() => _ml.Data.LoadFromEnumerable(Pairs.Select(static pair => new Pair
    {
        Sentence1 = pair.First,
        Sentence2 = pair.Second,
        Alike = pair.Alike,
        Class = pair.Alike > 2 ? "alike" : "other",
    }));

    private (Backbone Backbone, IDataView Rows) Planted(TemporaryFolder folder, bool pairs)
    {
        string[] words = ["one", "two", "three", "four", "five"];
        Pair[] planted = [.. Enumerable.Range(0, 20).Select(i => new Pair { Sentence1 = $"{words[i % 5]} {words[i / 4]}", Sentence2 = words[(i * 3 % 7) % 5] })];
        Backbone backbone = TinyTextBackbone.Load(folder, words);
        IDataView rows = _ml.Data.LoadFromEnumerable(planted);
        using TextFeatureExtractingTransformer features = pairs
            ? _ml.Transforms.ExtractSentencePairFeatures("Features", "Sentence1", "Sentence2", backbone).Fit(rows)
            : _ml.Transforms.ExtractTextFeatures("Features", "Sentence1", backbone).Fit(rows);
        foreach ((Pair pair, float[] row) in planted.Zip(features.Transform(rows).GetColumn<float[]>("Features")))
        {
            pair.Alike = 100 + row.Select(static (value, i) => value * (i % 3)).Sum();
        }

        return (backbone, _ml.Data.LoadFromEnumerable(planted));
    }

    private SchemaShape Shape() => _ml.Transforms.CustomMapping<Nothing, Pair>(static (_, _) => { }, contractName: null).GetOutputSchema(new SchemaShape([]));

#pragma warning disable CA1812 // Made by ML.NET.
    private sealed class Nothing;

    private sealed class Prediction
    {
        public float Score { get; set; }
    }
#pragma warning restore CA1812

    private sealed class Rates(List<double> rates) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == TrainingStage.Training)
            {
                rates.Add(value.LearningRate);
            }
        }
    }

    private sealed class Pair
    {
        public string Sentence1 { get; set; } = "";

        public string Sentence2 { get; set; } = "";

        public float Alike { get; set; }

        public string Class { get; set; } = "";
    }
}
