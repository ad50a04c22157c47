using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Pipelines.Heads;
using MLTransfer.Pipelines.Heads.Trainers;

namespace MLTransfer.Pipelines.Tests.Heads;

public sealed class ClassifierHeadTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Trainers => [.. Heads.Keys];

    public static TheoryData<string> BinaryTrainers => [.. Heads.Keys.Where(name => name != "naive-bayes")];

    private static Dictionary<string, HeadOptions> Heads { get; } = new()
    {
        ["lbfgs"] = new LbfgsHead { L2Regularization = 1 },
        ["sdca"] = new SdcaHead { MaximumNumberOfIterations = 100 }, // ML.NET would make ten thousand of so few rows
        ["averaged-perceptron"] = new AveragedPerceptronHead(),
        ["linear-svm"] = new LinearSvmHead(),
        ["light-gbm"] = new LightGbmHead { NumberOfIterations = 20 },
        ["fast-tree"] = new FastTreeHead { NumberOfTrees = 20 },
        ["fast-forest"] = new FastForestHead { NumberOfTrees = 20 },
        ["naive-bayes"] = new NaiveBayesHead(),
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Trainers))]
    public void Fit_SeveralClasses_TellsThemApart(string trainer)
    {
        ClassificationMetrics metrics = Evaluate(Head(trainer, HeadTask.MulticlassClassification, 4), 4);

        // ML.NET's naive Bayes looks at the signs of the features only.
        Assert.True(metrics.Accuracy > (trainer == "naive-bayes" ? 0.8 : 0.9), $"accuracy {metrics.Accuracy}");
        Assert.Equal(trainer == "naive-bayes", metrics.LogLoss is null);
    }

    [Theory]
    [MemberData(nameof(BinaryTrainers))]
    public void Fit_BinaryTask_TellsTheClassesApartWithProbabilities(string trainer)
    {
        ClassificationMetrics metrics = Evaluate(Head(trainer, HeadTask.BinaryClassification, 2), 2);

        Assert.True(metrics.Accuracy > 0.9, $"accuracy {metrics.Accuracy}");
        Assert.True(metrics.AreaUnderRocCurve > 0.95, $"area {metrics.AreaUnderRocCurve}"); // else the positive class is the wrong one
        Assert.NotNull(metrics.LogLoss);
    }

    [Theory]
    [MemberData(nameof(Trainers))]
    public void Fit_SavedModel_LoadsAndPredictsTheSameWithoutALabel(string trainer)
    {
        ITransformer model = Head(trainer, HeadTask.MulticlassClassification, 3).Fit(Clouds.View(_ml, 3, 150));
        AssertSavedModelIsTheSame(model, scores => scores.GetColumn<float[]>("Score").SelectMany(score => score));
    }

    [Theory]
    [MemberData(nameof(BinaryTrainers))]
    public void Fit_SavedBinaryModel_LoadsAndPredictsTheSameWithoutALabel(string trainer)
    {
        ITransformer model = Head(trainer, HeadTask.BinaryClassification, 2).Fit(Clouds.View(_ml, 2, 150));
        AssertSavedModelIsTheSame(model, scores => scores.GetColumn<float>("Score").Concat(scores.GetColumn<float>("Probability")));
    }

    [Theory]
    [MemberData(nameof(Trainers))]
    public void Fit_Twice_GivesTheSameScores(string trainer)
    {
        IDataView rows = Clouds.View(_ml, 3, 90, spread: 1.5);
        float[] Scores() => [.. Head(trainer, HeadTask.MulticlassClassification, 3).Fit(rows).Transform(rows).GetColumn<float[]>("Score").SelectMany(score => score)];

        Assert.Equal(Scores(), Scores());
    }

    [Fact]
    public void Fit_ClassesInAnyOrderOfRows_ScoresAreInTheOrderOfTheClasses()
    {
        Clouds.Row[] rows = Clouds.Rows(3, 60);
        Array.Reverse(rows);
        IDataView view = _ml.Data.LoadFromEnumerable(rows);

        IDataView scored = Head("lbfgs", HeadTask.MulticlassClassification, 3).Fit(view).Transform(view);

        VBuffer<ReadOnlyMemory<char>> slots = default;
        scored.Schema["Score"].GetSlotNames(ref slots);
        Assert.Equal(["apple", "banana", "cherry"], slots.DenseValues().Select(name => name.ToString()));
    }

    [Theory]
    [InlineData(HeadTask.MulticlassClassification)]
    [InlineData(HeadTask.BinaryClassification)]
    internal void GetOutputSchema_OfTheInput_NamesWhatTransformGives(HeadTask task)
    {
        IDataView view = Clouds.View(_ml, 2, 60);
        ClassifierHead head = Head("lbfgs", task, 2);

        SchemaShape shape = head.GetOutputSchema(Shape(view.Schema));

        string[] given = [.. head.Fit(view).Transform(view).Schema.Where(column => !column.IsHidden).Select(column => column.Name)];
        Assert.Empty(given.Except(shape.Select(column => column.Name)));
        Assert.Contains("PredictedLabel", given);
        Assert.Equal(task == HeadTask.BinaryClassification, given.Contains("Probability"));
    }

    [Theory]
    [InlineData(FeatureNormalization.None)]
    [InlineData(FeatureNormalization.MeanVariance)]
    [InlineData(FeatureNormalization.UnitLength)]
    internal void Fit_AnyNormalization_LeavesTheFeaturesAsTheyAre(FeatureNormalization normalization)
    {
        IDataView view = Clouds.View(_ml, 3, 60);
        var head = new ClassifierHead(new LbfgsHead { Normalization = normalization }, HeadTask.MulticlassClassification, Clouds.Names[..3], seed: 1);

        IDataView scored = head.Fit(view).Transform(view);

        Assert.Equal(view.GetColumn<float[]>("Features"), scored.GetColumn<float[]>("Features"));
    }

    [Fact]
    public void Fit_ConstantFeature_IsNoMatter()
    {
        Clouds.Row[] rows = Clouds.Rows(3, 60);
        foreach (Clouds.Row row in rows)
            row.Features[3] = 5;
        IDataView view = _ml.Data.LoadFromEnumerable(rows);

        IDataView scored = Head("lbfgs", HeadTask.MulticlassClassification, 3).Fit(view).Transform(view);

        Assert.All(scored.GetColumn<float[]>("Score"), score => Assert.All(score, value => Assert.True(float.IsFinite(value))));
    }

    [Fact]
    public void Train_FeatureThatIsNotFinite_NamesTheRow()
    {
        Clouds.Row[] rows = Clouds.Rows(3, 60);
        rows[4].Features[2] = float.NaN;

        UserException error = Assert.Throws<UserException>(() => Head("lbfgs", HeadTask.MulticlassClassification, 3).Fit(_ml.Data.LoadFromEnumerable(rows)));

        Assert.Contains("training row 5 (class 'banana')", error.Message);
    }

    [Fact]
    public void Train_OneClass_Throws() =>
        Assert.Contains("at least two", Assert.Throws<UserException>(
            () => Head("lbfgs", HeadTask.MulticlassClassification, 3).Fit(Clouds.View(_ml, 1, 10))).Message);

    [Fact]
    public void Constructor_BinaryTaskWithThreeClasses_Throws() =>
        Assert.Contains("multiclass-classification", Assert.Throws<UserException>(() => Head("lbfgs", HeadTask.BinaryClassification, 3)).Message);

    [Fact]
    public void Fit_BinaryNaiveBayes_SaysWhatToDo() =>
        Assert.Contains("multiclass-classification", Assert.Throws<UserException>(
            () => Head("naive-bayes", HeadTask.BinaryClassification, 2).Fit(Clouds.View(_ml, 2, 10))).Message);

    [Fact]
    public void Train_Cancelled_Throws() =>
        Assert.Throws<OperationCanceledException>(
            () => Head("sdca", HeadTask.MulticlassClassification, 3).Train(Clouds.View(_ml, 3, 60), cancellation: new CancellationToken(canceled: true)));

    private ClassificationMetrics Evaluate(ClassifierHead head, int classes)
    {
        IDataView scored = head.Fit(Clouds.View(_ml, classes, 400)).Transform(Clouds.View(_ml, classes, 200, seed: 2));
        return ClassificationEvaluation.Evaluate(scored, Clouds.Names[..classes]);
    }

    private void AssertSavedModelIsTheSame(ITransformer model, Func<IDataView, IEnumerable<float>> scores)
    {
        string path = Path.Combine(_folder.Path, "head.zip");
        IDataView rows = _ml.Data.LoadFromEnumerable(Clouds.Rows(2, 50, seed: 3).Select(row => new Clouds.Unlabelled { Features = row.Features }).ToArray());
        _ml.Model.Save(model, rows.Schema, path);

        var stranger = new MLContext();
        IDataView loaded = stranger.Model.Load(path, out _).Transform(rows);
        IDataView here = model.Transform(rows);

        Assert.Equal(here.GetColumn<string>("PredictedLabel"), loaded.GetColumn<string>("PredictedLabel"));
        Assert.Equal(scores(here), scores(loaded));
    }

    // ML.NET makes a shape of a schema inside its estimators only.
    private static SchemaShape Shape(DataViewSchema schema) =>
        (SchemaShape)typeof(SchemaShape).GetMethod("Create", BindingFlags.Static | BindingFlags.NonPublic)!.Invoke(null, [schema])!;

    private static ClassifierHead Head(string trainer, HeadTask task, int classes) => new(Heads[trainer], task, Clouds.Names[..classes], seed: 1);
}
