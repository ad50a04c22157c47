using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Rates;
using MLTransfer.FineTuning.Tests.Freezing;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.FineTuning.Training.Stopping;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning.Tests.Rates;

public sealed class LearningRateRangeTestTests : IDisposable
{
    private static readonly LearningRateRangeOptions Short = new() { Lowest = 1e-5, Highest = 1, Steps = 30 };

    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-rates-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, FineTuneOptions> Recipes => new()
    {
        { "all weights", new FineTuneOptions() },
        { "top block, rows set aside", new FineTuneOptions { Train = new FreezePlan { Top = 1 }, EarlyStopping = new EarlyStoppingOptions { ValidationFraction = 0.3 } } },
        { "adapters", new FineTuneOptions { Train = new FreezePlan { Lora = new LoraOptions { Dropout = 0.1 } } } },
    };

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Run_TrainingAfterwards_GivesTheModelOfATrainingAlone(string name, FineTuneOptions options)
    {
        Assert.NotEmpty(name);
        FineTuneRequest request = Request(options);
        byte[] before = request.Model.ToBytes();
        FineTunedModel alone = FineTuner.Train(request, TestContext.Current.CancellationToken);

        LearningRateRange range = LearningRateRangeTest.Run(request, Short, TestContext.Current.CancellationToken);
        FineTunedModel after = FineTuner.Train(request, TestContext.Current.CancellationToken);

        Assert.NotEmpty(range.Curve);
        Assert.Equal(before, request.Model.ToBytes());
        Assert.Equal(alone.Model.ToBytes(), after.Model.ToBytes());
        Assert.Equal(alone.HeadWeights, after.HeadWeights);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    // At a rate of almost nothing the loss after a step is that of the training's own first steps, head and dropout included.
    [Theory]
    [InlineData(HeadStart.Fitted)]
    [InlineData(HeadStart.Random)]
    public void Run_RateOfAlmostNothing_HasTheLossesOfTheTraining(HeadStart start)
    {
        FineTuneRequest request = Request(new FineTuneOptions { Train = new FreezePlan { Top = 1 }, Epochs = 2, LearningRate = 1e-12, HeadLearningRate = 1e-12, HeadStart = start });

        IReadOnlyList<LearningRatePoint> curve = LearningRateRangeTest.Run(request, new() { Lowest = 1e-12, Highest = 1e-11, Steps = 10 }, TestContext.Current.CancellationToken).Curve;
        double[] epochs = [.. FineTuner.Train(request, TestContext.Current.CancellationToken).Outcome.Measures.Select(static measure => measure.TrainingLoss)];

        // 24 rows make 3 steps an epoch; the first loss, before any step, belongs to none of the rates.
        Assert.Equal(epochs[1], curve.Skip(2).Take(3).Average(static point => point.Loss), 1e-4);
    }

    [Fact]
    public void Run_StepsThatReadEachRowOnce_StoresNothingAndFindsTheSame()
    {
        FineTuneRequest request = Request(new FineTuneOptions { Train = new FreezePlan { Top = 1 }, Dropout = 0 }, rows: 96);
        List<TrainingProgress> told = [];

        LearningRateRangeOptions once = Short with { Steps = 10 };
        LearningRateRange recomputed = LearningRateRangeTest.Run(request with { Progress = new Listener(told) }, once, TestContext.Current.CancellationToken);
        LearningRateRange whole = LearningRateRangeTest.Run(
            request with { Options = request.Options with { Prefix = new() { Enabled = false } } }, once, TestContext.Current.CancellationToken);

        Assert.DoesNotContain(told, static progress => progress.Stage == TrainingStage.Prefix || progress.Warning is not null);
        Assert.Equal(whole.Curve.Count, recomputed.Curve.Count);
        Assert.All(whole.Curve.Zip(recomputed.Curve), static pair => Assert.Equal(pair.First.Loss, pair.Second.Loss, 1e-2));
    }

    [Fact]
    public void Run_HeadRate_StaysRelativeToTheBackbones()
    {
        LearningRateRange range = LearningRateRangeTest.Run(
            Request(new FineTuneOptions { LearningRate = 2e-5, HeadLearningRate = 1e-3, HeadStart = HeadStart.Random }), Short, TestContext.Current.CancellationToken);

        Assert.Equal(50, range.HeadFactor, 1e-9);
        Assert.Equal(range.SuggestedRate * 50, range.SuggestedHeadRate);
    }

    [Fact]
    public void Run_Cancelled_Stops()
    {
        using CancellationTokenSource source = new();
        FineTuneRequest request = Request(new FineTuneOptions()) with { Progress = new CancelAtThird(source) };

        Assert.Throws<OperationCanceledException>(() => LearningRateRangeTest.Run(request, Short, source.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private FineTuneRequest Request(FineTuneOptions options, int rows = 24)
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");
        return new FineTuneRequest
        {
            Model = model,
            Identity = "zoo",
            Rows = new LabelledRows(ZooGraphs.Rows(model, rows), [.. Enumerable.Range(0, rows).Select(static row => row % 3)]),
            Classes = ["a", "b", "c"],
            Options = options with { BatchSize = 8 },
            WorkFolder = _folder,
        };
    }

    private sealed class Listener(List<TrainingProgress> told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told.Add(value);
    }

    private sealed class CancelAtThird(CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value is { Stage: TrainingStage.RangeTest, Done: 3 })
            {
                source.Cancel();
            }
        }
    }
}
