using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Freezing.Prefix;
using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Tests.Freezing;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.FineTuning.Training.Stopping;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning.Tests;

public sealed class FineTunerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-tuner-").FullName;

    public static TheoryData<string, FreezePlan> Plans => new()
    {
        { "bert-pooler-torchscript17", new FreezePlan() },
        { "bert-pooler-torchscript17", new FreezePlan { Top = 1 } },
        { "bert-pooler-torchscript17", new FreezePlan { Top = 0 } },
        { "bert-pooler-torchscript17", new FreezePlan { NormsAndBiases = true } },
        { "bert-pooler-torchscript17", new FreezePlan { Frozen = ["*embeddings*"], LayerDecay = 0.5 } },
        { "bert-pooler-torchscript17", new FreezePlan { Gradual = true } },
        { "bert-pooler-torchscript17", new FreezePlan { Lora = new LoraOptions { Dropout = 0.1 } } },
        { "gpt2-torchscript14", new FreezePlan { Lora = new LoraOptions { Rank = 4 }, LayerDecay = 0.5 } },
        { "vit-torchscript14", new FreezePlan { Lora = new LoraOptions() } },
        { "efficientnet-bn-torchscript13", new FreezePlan { Lora = new LoraOptions() } },
        { "efficientnet-bn-torchscript13", new FreezePlan { Lora = new LoraOptions { Targets = ["*"] } } },
        { "gpt2-torchscript14", new FreezePlan { Top = 1 } },
        { "vit-torchscript14", new FreezePlan { Top = 1 } },
        { "efficientnet-bn-torchscript13", new FreezePlan { Top = 1 } },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The export checks itself against the trained network: ONNX Runtime gives its probabilities, or the training fails.
    [Theory]
    [MemberData(nameof(Plans))]
    public void Train_Plan_ChangesItsWeightsAndNoOther(string name, FreezePlan plan)
    {
        OnnxModel model = ZooGraphs.Load(name);

        FineTunedModel trained = FineTuner.Train(Request(model, new FineTuneOptions { Train = plan }), TestContext.Current.CancellationToken);

        string[] changed = [.. model.Proto.Graph.Initializer.Zip(trained.Model.Proto.Graph.Initializer)
            .Where(static pair => !TensorData.ToRaw(pair.First).Span.SequenceEqual(TensorData.ToRaw(pair.Second).Span))
            .Select(static pair => pair.First.Name)];
        Assert.Empty(changed.Except(trained.Trained));
        Assert.True(changed.Length >= 0.8 * trained.Trained.Count); // some weights, as biases of keys, have no gradient
        Assert.Equal(model.Proto.Graph.Node, trained.Model.Proto.Graph.Node);
    }

    [Fact]
    public async Task Train_SideBySide_GivesWhatEachGivesAlone()
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");
        FineTuneOptions options = new() { Train = new FreezePlan { Lora = new LoraOptions { Dropout = 0.2 } }, Dropout = 0.3, ResidualDropout = 0.2, Epochs = 20 };
        FineTunedModel Trained(int seed) => FineTuner.Train(Request(model, options) with { Seed = seed }, TestContext.Current.CancellationToken);
        float[][] alone = [Trained(1).HeadWeights, Trained(2).HeadWeights];

        FineTunedModel[] together = await Task.WhenAll(
            Task.Run(() => Trained(1), TestContext.Current.CancellationToken), Task.Run(() => Trained(2), TestContext.Current.CancellationToken));

        Assert.NotEqual(alone[0], alone[1]);
        Assert.Equal(alone, together.Select(static model => model.HeadWeights));
    }

    [Theory]
    [InlineData("bert-pooler-torchscript17")]
    [InlineData("gpt2-torchscript14")]
    public void Train_PrefixOnceOrInTorch_GivesTheSameWeights(string name)
    {
        OnnxModel model = ZooGraphs.Load(name);
        FineTuneOptions options = new() { Train = new FreezePlan { Top = 1 }, Dropout = 0 };

        FineTunedModel once = FineTuner.Train(Request(model, options), TestContext.Current.CancellationToken);
        FineTunedModel recomputed = FineTuner.Train(Request(model, options with { Prefix = new PrefixOptions { Megabytes = 0 } }), TestContext.Current.CancellationToken);
        FineTunedModel whole = FineTuner.Train(Request(model, options with { Prefix = new PrefixOptions { Enabled = false } }), TestContext.Current.CancellationToken);

        Assert.Contains("computed once", once.Summary, StringComparison.Ordinal);
        Assert.Contains("computed in each epoch", recomputed.Summary, StringComparison.Ordinal);
        Assert.All(once.HeadWeights.Zip(whole.HeadWeights), static pair => Assert.Equal(pair.Second, pair.First, 1e-3));
        Assert.All(once.HeadWeights.Zip(recomputed.HeadWeights), static pair => Assert.Equal(pair.Second, pair.First, 1e-3));
    }

    public static TheoryData<string, FineTuneOptions> Recipes => new()
    {
        { "top block", new FineTuneOptions { Train = new FreezePlan { Top = 1 } } },
        { "dropout of branches", new FineTuneOptions { ResidualDropout = 0.2 } },
        { "adapters", new FineTuneOptions { Train = new FreezePlan { Lora = new LoraOptions { Dropout = 0.2 } }, MovingAverage = 0.9, ResidualDropout = 0.1 } },
        { "adapters, best epoch", new FineTuneOptions { Train = new FreezePlan { Lora = new LoraOptions() }, EarlyStopping = new EarlyStoppingOptions { ValidationFraction = 0.3, Patience = 2 } } },
        { "adapters, average of epochs", new FineTuneOptions { Train = new FreezePlan { Lora = new LoraOptions() }, AverageEpochs = 2 } },
    };

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Train_StoppedAndResumed_GivesTheSameModelBitByBit(string name, FineTuneOptions options)
    {
        Assert.NotEmpty(name);
        FineTuneRequest request = Request(ZooGraphs.Load("bert-pooler-torchscript17"), options);
        FineTunedModel whole = FineTuner.Train(request, TestContext.Current.CancellationToken);
        request = request with { CheckpointPath = Path.Combine(_folder, "checkpoint"), Resume = true };

        foreach (int step in (int[])[2, 5])
        {
            using CancellationTokenSource source = new();
            Assert.Throws<OperationCanceledException>(() => FineTuner.Train(request with { Progress = new StopAt(step, source) }, source.Token));
        }

        FineTunedModel parts = FineTuner.Train(request, TestContext.Current.CancellationToken);

        Assert.Equal(whole.Model.ToBytes(), parts.Model.ToBytes());
        Assert.Equal(whole.HeadWeights, parts.HeadWeights);
        Assert.Equal(whole.Outcome.Measures, parts.Outcome.Measures);
    }

    [Fact]
    public void Train_SameSeed_GivesTheSameBits()
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");

        float[][] runs = [.. Enumerable.Range(0, 2).Select(_ => FineTuner.Train(Request(model, new FineTuneOptions()), TestContext.Current.CancellationToken).HeadWeights)];

        Assert.Equal(runs[0], runs[1]);
    }

    // With everything else equal, it changes the training; what is measured afterwards has none of it (the export is compared with ONNX Runtime in each training).
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public void Train_ResidualDropout_ReachesTheTrainedPart(int? top)
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");
        FineTuneOptions options = new() { Train = new FreezePlan { Top = top }, Dropout = 0 };

        double[] losses = [.. ((double[])[0, 0.3]).Select(rate =>
            FineTuner.Train(Request(model, options with { ResidualDropout = rate }), TestContext.Current.CancellationToken).Outcome.Measures[0].TrainingLoss)];

        Assert.NotEqual(losses[0], losses[1]);
    }

    // A handle that is left to the garbage collector keeps its tensor: with those of gradients, a training took twice the memory.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Train_StepAfterStep_LeavesNoTensorsBehind(double clipping)
    {
        HandleCount counts = new();
        FineTuneOptions options = new() { GradientClipping = clipping, ResidualDropout = 0.1, MovingAverage = 0.9 };

        FineTuner.Train(Request(ZooGraphs.Load("bert-pooler-torchscript17"), options) with { Progress = counts }, TestContext.Current.CancellationToken);

        Assert.Equal(9, counts.OfSteps.Count); // 24 rows, 8 a step, 3 epochs
        Assert.All(counts.OfSteps.Skip(1), count => Assert.True(count <= counts.OfSteps[0], string.Join(", ", counts.OfSteps)));
    }

    [Fact]
    public void Train_StoredInHalfTheBytes_ComesClose()
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");
        FineTuneOptions options = new() { Train = new FreezePlan { Top = 1 }, Dropout = 0, HeadStart = HeadStart.Random };

        float[] full = FineTuner.Train(Request(model, options), TestContext.Current.CancellationToken).HeadWeights;
        float[] half = FineTuner.Train(Request(model, options with { Prefix = new PrefixOptions { Precision = ActivationPrecision.Float16 } }), TestContext.Current.CancellationToken).HeadWeights;

        Assert.NotEqual(full, half);
        Assert.All(full.Zip(half), static pair => Assert.Equal(pair.First, pair.Second, 0.02));
    }

    [Fact]
    public void Train_ValidationRowsOfOneClass_WarnsAndTrains()
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");
        List<string> warnings = [];
        FineTuneRequest request = Request(model, new FineTuneOptions()) with
        {
            Validation = new LabelledRows(ZooGraphs.Rows(model, 5), [1, 1, 1, 1, 1]),
            Progress = new Listener(warnings),
        };

        FineTunedModel trained = FineTuner.Train(request, TestContext.Current.CancellationToken);

        Assert.Contains(warnings, static warning => warning.Contains("are of the class 'b'", StringComparison.Ordinal));
        Assert.Equal(3, trained.Outcome.Measures.Count);
    }

    // Rates of almost nothing: the loss of the epoch is that of the head as it began. Guessing costs ln 3.
    [Theory]
    [InlineData(null, 1)]
    [InlineData(1, 1)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void Train_FittedHead_BeginsBetterThanGuessing(int? top, int megabytes)
    {
        OnnxModel model = ZooGraphs.Load("bert-pooler-torchscript17");
        FineTuneOptions options = new()
        {
            Train = new FreezePlan { Top = top },
            Epochs = 1,
            Dropout = 0,
            LearningRate = 1e-9,
            HeadLearningRate = 1e-9,
            Prefix = new PrefixOptions { Megabytes = megabytes },
        };

        double fitted = FineTuner.Train(Request(model, options), TestContext.Current.CancellationToken).Outcome.Measures[0].TrainingLoss;
        double random = FineTuner.Train(Request(model, options with { HeadStart = HeadStart.Random }), TestContext.Current.CancellationToken).Outcome.Measures[0].TrainingLoss;

        Assert.InRange(fitted, 0, Math.Log(3) - 0.1);
        Assert.InRange(random, Math.Log(3) - 0.1, 10);
    }

    private FineTuneRequest Request(OnnxModel model, FineTuneOptions options) => new()
    {
        Model = model,
        Identity = "zoo",
        Rows = new LabelledRows(ZooGraphs.Rows(model, 24), [.. Enumerable.Range(0, 24).Select(static row => row % 3)]),
        Classes = ["a", "b", "c"],
        Options = options with { BatchSize = 8 },
        WorkFolder = _folder,
    };

    private sealed class StopAt(long step, CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == TrainingStage.Training && value.Done >= step)
            {
                source.Cancel();
            }
        }
    }

    // The handles that are alive behind each step.
    private sealed class HandleCount : IProgress<TrainingProgress>
    {
        public List<long> OfSteps { get; } = [];

        public void Report(TrainingProgress value)
        {
            if (value.Stage == TrainingStage.Training && value.Done > 0 && value.Measure is null)
            {
                OfSteps.Add(TorchSharp.torch.Tensor.TotalCount);
            }
        }
    }

    private sealed class Listener(List<string> warnings) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Warning is { } warning)
            {
                warnings.Add(warning);
            }
        }
    }
}
