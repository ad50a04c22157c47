using MLTransfer.FineTuning.Training.Checkpoints;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.FineTuning.Training.Schedules;
using MLTransfer.FineTuning.Training.Stopping;
using MLTransfer.Models.Errors;

namespace MLTransfer.FineTuning.Tests.Training;

public sealed class TrainingLoopTests : IDisposable
{
    private static readonly FineTuneOptions Quick = new() { Epochs = 4, BatchSize = 8, LearningRate = 0.02, Checkpoint = new CheckpointOptions { Seconds = 0 } };

    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-loop-").FullName;

    public static TheoryData<string, FineTuneOptions> Recipes => new()
    {
        { "plain", Quick },
        { "everything", Quick with { AccumulationSteps = 2, MovingAverage = 0.9, BalanceSampling = true, EarlyStopping = new EarlyStoppingOptions { Patience = 3 }, Schedule = new ScheduleOptions { Kind = ScheduleKind.Plateau, WarmUp = 0 } } },
        { "average of epochs", Quick with { AverageEpochs = 3 } },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Run_StoppedAndResumed_GivesTheSameWeightsBitByBit(string name, FineTuneOptions options)
    {
        LabelledRows rows = TinyRows.Make(100), validation = TinyRows.Make(40, seed: 2);
        using TinyNetwork whole = new(2, 2);
        using (TrainingLoop loop = new(whole, rows, validation, 2, options, 7, null, null))
        {
            loop.Run(false, TestContext.Current.CancellationToken);
        }

        using TinyNetwork parts = new(2, 2);
        CheckpointFile checkpoint = Checkpoint(name, rows, options);
        foreach (int step in (int[])[3, 9, 20, int.MaxValue])
        {
            // A new process would begin with other weights: they come from the checkpoint.
            using TinyNetwork fresh = new(2, 2, seed: step == 3 ? 3 : 99);
            using CancellationTokenSource cancellation = new();
            using TrainingLoop loop = new(fresh, rows, validation, 2, options, 7, checkpoint, new StopAt(step, cancellation));
            Exception? error = Record.Exception(() => loop.Run(true, cancellation.Token));
            if (step < int.MaxValue)
            {
                Assert.IsType<OperationCanceledException>(error);
                continue;
            }

            Assert.Null(error);
            Assert.Equal(whole.Weights(), fresh.Weights());
        }
    }

    [Fact]
    public void Run_OtherClasses_AreNotResumed()
    {
        LabelledRows rows = TinyRows.Make(30);
        Stop(rows, Checkpoint("a", rows, Quick));
        using TinyNetwork network = new(2, 2);
        CheckpointFile other = new(Path.Combine(_folder, "a"), TrainingIdentity.Of(["no", "maybe"], rows, "backbone", Quick, 7));
        using TrainingLoop loop = new(network, rows, null, 2, Quick, 7, other, null);

        UserException error = Assert.Throws<UserException>(() => loop.Run(true, TestContext.Current.CancellationToken));

        Assert.Contains("the classes were no, yes and are no, maybe", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OtherOptions_AreNotResumed()
    {
        LabelledRows rows = TinyRows.Make(30);
        Stop(rows, Checkpoint("a", rows, Quick));
        using TinyNetwork network = new(2, 2);
        FineTuneOptions changed = Quick with { LearningRate = 0.5 };
        using TrainingLoop loop = new(network, rows, null, 2, changed, 7, Checkpoint("a", rows, changed), null);

        UserException error = Assert.Throws<UserException>(() => loop.Run(true, TestContext.Current.CancellationToken));

        Assert.Contains("\"learningRate\": 0.02 is now \"learningRate\": 0.5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_BrokenCheckpoint_SaysSo()
    {
        LabelledRows rows = TinyRows.Make(30);
        File.WriteAllText(Path.Combine(_folder, "a"), "no checkpoint at all");
        using TinyNetwork network = new(2, 2);
        using TrainingLoop loop = new(network, rows, null, 2, Quick, 7, Checkpoint("a", rows, Quick), null);

        Assert.Contains("is broken", Assert.Throws<UserException>(() => loop.Run(true, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_DiskFullDuringACheckpoint_WarnsKeepsTheOneBeforeAndGoesOn()
    {
        LabelledRows rows = TinyRows.Make(30);
        Stop(rows, Checkpoint("a", rows, Quick));
        byte[] before = File.ReadAllBytes(Path.Combine(_folder, "a"));
        CheckpointFile full = new(Path.Combine(_folder, "a"), Identity(rows, Quick), static path => new FullDisk(path));
        using TinyNetwork network = new(2, 2);
        Recorder recorder = new();
        using CancellationTokenSource cancellation = new();
        using TrainingLoop loop = new(network, rows, null, 2, Quick, 7, full, new Both(recorder, new StopAt(2, cancellation)));

        Assert.Throws<OperationCanceledException>(() => loop.Run(false, cancellation.Token));

        Assert.Contains(recorder.All, static told => told.Warning?.Contains("No space left", StringComparison.Ordinal) == true);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_folder, "a")));
        Assert.Equal(["a"], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Run_NumbersThatAreNone_StopAtOnce()
    {
        LabelledRows rows = TinyRows.Make(30, change: static points => points[4][1] = float.NaN);
        using TinyNetwork network = new(2, 2);
        using TrainingLoop loop = new(network, rows, null, 2, Quick with { BatchSize = 64 }, 7, null, null);

        Assert.Contains("look for broken rows", Assert.Throws<UserException>(() => loop.Run(false, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_RateFarTooHigh_StopsWithAdvice()
    {
        LabelledRows rows = TinyRows.Make(400);
        using TinyNetwork network = new(2, 2);
        FineTuneOptions wild = Quick with { LearningRate = 10, GradientClipping = 0, Epochs = 50, Optimizer = new() { Kind = MLTransfer.FineTuning.Training.Optimizers.OptimizerKind.Sgd, WeightDecay = 1 } };
        using TrainingLoop loop = new(network, rows, null, 2, wild, 7, null, null);

        Assert.Contains("learningRate", Assert.Throws<UserException>(() => loop.Run(false, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_BatchLargerThanTheData_TrainsOnAllRows()
    {
        LabelledRows rows = TinyRows.Make(20);
        using TinyNetwork network = new(2, 2);
        Recorder recorder = new();
        using TrainingLoop loop = new(network, rows, null, 2, Quick with { BatchSize = 1000, Epochs = 5 }, 7, null, recorder);

        loop.Run(false, TestContext.Current.CancellationToken);

        Assert.Equal(5, recorder.All.Max(static told => told.Done));
    }

    [Fact]
    public void Run_ValidationOfOneClass_IsMeasured()
    {
        LabelledRows rows = TinyRows.Make(60), all = TinyRows.Make(60, seed: 5);
        int[] ones = [.. Enumerable.Range(0, 60).Where(row => all.Labels[row] == 1)];
        LabelledRows validation = new(new MLTransfer.FineTuning.Training.Splitting.SelectedInputs(all.Inputs, ones), [.. ones.Select(static _ => 1)]);
        using TinyNetwork network = new(2, 2);
        using TrainingLoop loop = new(network, rows, validation, 2, Quick, 7, null, null);

        TrainingOutcome outcome = loop.Run(false, TestContext.Current.CancellationToken);

        Assert.All(outcome.Measures, static measure => Assert.True(measure is { Accuracy: >= 0 and <= 1, MacroF1: >= 0 and <= 1, LogLoss: >= 0 }));
    }

    [Fact]
    public void Run_Patience_EndsEarlyAndKeepsTheBestWeights()
    {
        LabelledRows rows = TinyRows.Make(100), validation = TinyRows.Make(50, seed: 2);
        FineTuneOptions options = Quick with { Epochs = 60, EarlyStopping = new EarlyStoppingOptions { Patience = 2 } };
        using TinyNetwork network = new(2, 2);
        using TrainingLoop loop = new(network, rows, validation, 2, options, 7, null, null);

        TrainingOutcome outcome = loop.Run(false, TestContext.Current.CancellationToken);
        EpochMeasure kept = Evaluation.Measure(network, validation, 2, 8, 0, 0, TestContext.Current.CancellationToken);

        Assert.True(outcome.StoppedEarly);
        Assert.Equal(outcome.Measures.Max(static measure => measure.Accuracy), kept.Accuracy);
        Assert.Equal(outcome.KeptEpoch + 2, outcome.Measures.Count);
    }

    [Fact]
    public void Run_ParameterOfALaterEpoch_StaysUntilThen()
    {
        LabelledRows rows = TinyRows.Make(40);
        using TinyNetwork network = new(2, 2, secondFromEpoch: 1);
        float[] before = network.Weights()[1];
        using (TrainingLoop loop = new(network, rows, null, 2, Quick with { Epochs = 1 }, 7, null, null))
        {
            loop.Run(false, TestContext.Current.CancellationToken);
        }

        Assert.Equal(before, network.Weights()[1]);
        using (TrainingLoop loop = new(network, rows, null, 2, Quick with { Epochs = 2 }, 7, null, null))
        {
            loop.Run(false, TestContext.Current.CancellationToken);
        }

        Assert.NotEqual(before, network.Weights()[1]);
    }

    private static TrainingIdentity Identity(LabelledRows rows, FineTuneOptions options) => TrainingIdentity.Of(["no", "yes"], rows, "backbone", options, 7);

    private CheckpointFile Checkpoint(string name, LabelledRows rows, FineTuneOptions options) => new(Path.Combine(_folder, name), Identity(rows, options));

    private static void Stop(LabelledRows rows, CheckpointFile checkpoint)
    {
        using TinyNetwork network = new(2, 2);
        using CancellationTokenSource cancellation = new();
        using TrainingLoop loop = new(network, rows, null, 2, Quick, 7, checkpoint, new StopAt(3, cancellation));
        Assert.Throws<OperationCanceledException>(() => loop.Run(false, cancellation.Token));
    }

    private sealed class StopAt(long step, CancellationTokenSource cancellation) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Done >= step)
            {
                cancellation.Cancel();
            }
        }
    }

    private sealed class Recorder : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> All { get; } = [];

        public void Report(TrainingProgress value) => All.Add(value);
    }

    private sealed class Both(IProgress<TrainingProgress> first, IProgress<TrainingProgress> second) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            first.Report(value);
            second.Report(value);
        }
    }

    /// <summary>A file whose disk is full after the first bytes.</summary>
    private sealed class FullDisk(string path) : FileStream(path, FileMode.Create)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Length > 8)
            {
                throw new IOException("No space left on device");
            }

            base.Write(buffer);
        }
    }
}
