using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Pipelines.Heads;
using MLTransfer.Pipelines.Heads.Trainers;
using MLTransfer.Pipelines.Heads.Tuning;

namespace MLTransfer.Pipelines.Tests.Heads.Tuning;

public sealed class HeadTuningTests
{
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Tuned => ["lbfgs", "sdca", "linear-svm"];

    [Theory]
    [MemberData(nameof(Tuned))]
    public void Train_Tuned_ChoosesTheBestStepAndRefitsOnAllRows(string trainer)
    {
        HeadOptions options = trainer switch
        {
            "sdca" => new SdcaHead { Tune = true },
            "linear-svm" => new LinearSvmHead { Tune = true },
            _ => new LbfgsHead { Tune = true },
        };
        IDataView rows = Clouds.View(_ml, 3, 90, spread: 2);
        var reported = new List<TuningStep>();

        FittedHead fitted = Head(options).Train(rows, new Recorder(reported), TestContext.Current.CancellationToken);

        Assert.Equal(fitted.Tuning, reported);
        Assert.InRange(fitted.Tuning.Count, 4, options.Candidates().Count);
        Assert.Equal(fitted.Tuning.Max(step => step.Accuracy), fitted.Tuning.Single(step => step.Options == fitted.Options).Accuracy, 9);
        Assert.False(fitted.Options.IsTuned);
        // What was resolved gives the same model again.
        ITransformer again = Head(fitted.Options).Fit(rows);
        Assert.Equal(Scores(fitted.Model, rows), Scores(again, rows));
    }

    [Fact]
    public void Train_LabelsWithoutMeaning_PrefersStrongRegularization()
    {
        var random = new Random(3);
        Clouds.Row[] rows = Clouds.Rows(1, 200);
        foreach (Clouds.Row row in rows)
            row.Label = Clouds.Names[random.NextDouble() < 0.7 ? 0 : 1];

        FittedHead fitted = Head(new LbfgsHead { Tune = true }, 2).Train(_ml.Data.LoadFromEnumerable(rows), cancellation: TestContext.Current.CancellationToken);

        Assert.True(Assert.IsType<LbfgsHead>(fitted.Options).L2Regularization >= 30);
        Assert.Equal(0.7, fitted.Tuning[0].Accuracy, 0.05); // no candidate sees the rows that it is measured on
    }

    [Fact]
    public void Train_TunedWithAClassOfOneRow_Works()
    {
        Clouds.Row[] rows = [.. Clouds.Rows(2, 20), .. Clouds.Rows(3, 3).TakeLast(1)];

        FittedHead fitted = Head(new LbfgsHead { Tune = true }).Train(_ml.Data.LoadFromEnumerable(rows), cancellation: TestContext.Current.CancellationToken);

        Assert.NotEmpty(fitted.Tuning);
    }

    [Fact]
    public void Train_TunedBinaryTask_Works()
    {
        FittedHead fitted = new ClassifierHead(new LbfgsHead { Tune = true }, HeadTask.BinaryClassification, Clouds.Names[..2], seed: 1)
            .Train(Clouds.View(_ml, 2, 80, spread: 1), cancellation: TestContext.Current.CancellationToken);

        Assert.InRange(fitted.Tuning.Max(step => step.Accuracy), 0.7, 1);
    }

    private static ClassifierHead Head(HeadOptions options, int classes = 3) =>
        new(options, HeadTask.MulticlassClassification, Clouds.Names[..classes], seed: 1);

    private static float[] Scores(ITransformer model, IDataView rows) =>
        [.. model.Transform(rows).GetColumn<float[]>("Score").SelectMany(score => score)];

    private sealed class Recorder(List<TuningStep> steps) : IProgress<TuningStep>
    {
        public void Report(TuningStep value) => steps.Add(value);
    }
}
