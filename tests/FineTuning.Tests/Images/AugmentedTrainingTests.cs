using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Freezing.Prefix;
using MLTransfer.FineTuning.Images;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Mixing;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Json;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Images;

public sealed class AugmentedTrainingTests : IDisposable
{
    private const int Side = 8;
    private const int Rows = 12;

    private static readonly ImageAugmentation Everything = new()
    {
        Flip = true,
        SmallestCrop = 0.5,
        ColorJitter = new ColorJitterOptions { Brightness = 0.4, Contrast = 0.4, Saturation = 0.4, Hue = 0.1 },
        RandAugment = new RandAugmentOptions(),
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-augmented-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Read_SameRowAndEpoch_IsTheSameWhateverItsBatch()
    {
        using PixelInputs inputs = Inputs(Everything);

        byte[] alone = Pixels(inputs.Read([3], 5)), among = Pixels(inputs.Read([1, 3, 7], 5)), later = Pixels(inputs.Read([3], 6)), unchanged = Pixels(inputs.Read([3], null));

        int count = 3 * Side * Side;
        Assert.Equal(alone, among[count..(2 * count)]);
        Assert.NotEqual(alone, later);
        Assert.Equal(Image(3), unchanged);
    }

    [Fact]
    public void Read_Views_ComeInTurn()
    {
        using PixelInputs inputs = Inputs(Everything with { Views = 2 });

        Assert.Equal(Pixels(inputs.Read([0, 1], 0)), Pixels(inputs.Read([0, 1], 2)));
        Assert.NotEqual(Pixels(inputs.Read([0, 1], 0)), Pixels(inputs.Read([0, 1], 1)));
    }

    [Fact]
    public void Read_Mixup_MixesAsTheTargetsAreTold()
    {
        using PixelInputs inputs = Inputs(new ImageAugmentation { Mixup = 1 });
        int[] rows = [4, 2, 9, 0];

        byte[] mixed = Pixels(inputs.Read(rows, 3));
        RowMixture mixture = inputs.MixtureOf(rows, 3)!;

        for (int at = 0; at < rows.Length; at++)
        {
            byte[] own = Image(rows[at]), partner = Image(rows[mixture.Partners[at]]);
            for (int i = 0; i < own.Length; i++)
            {
                Assert.Equal((mixture.Share * own[i]) + ((1 - mixture.Share) * partner[i]), mixed[(at * own.Length) + i], 0.51);
            }
        }
    }

    [Fact]
    public void Run_Views_StoreTheFrozenPartOfEachChangedImage()
    {
        using PixelInputs inputs = Inputs(Everything with { Views = 2 });
        FineTuneRequest request = Request(inputs, new FineTuneOptions { Epochs = 4 });
        LabelledRows validation = request.Rows;
        TrainedWeights weights = TrainedWeights.Choose(request.Model, null, new FreezePlan { Weights = [Weights(request.Model)[1]] }, seed: 1);

        using FrozenPart frozen = FrozenPart.Run(weights, request.Rows, validation, request, CancellationToken.None);

        Assert.Contains("2 versions", frozen.Description, StringComparison.Ordinal);
        string name = Assert.Single(frozen.Cut.Tensors);
        Assert.NotEqual("features", name);
        using PrefixSession session = new(frozen.Cut.Prefix!, [name], new InferenceOptions());
        foreach (int? epoch in (int?[])[0, 1, 2, 3, null])
        {
            float[] expected = session.Run(inputs.Read([5, 1, 8], epoch))[name].data<float>().ToArray();
            Assert.Equal(expected, frozen.Rows.Inputs.Read([5, 1, 8], epoch)[name].data<float>().ToArray());
        }

        Assert.Equal(session.Run(inputs.Read([5], null))[name].data<float>().ToArray(), frozen.Validation!.Inputs.Read([5], null)[name].data<float>().ToArray());
    }

    [Fact]
    public void Train_ViewsStoredOrComputedAgain_GivesTheSameWeights()
    {
        using PixelInputs inputs = Inputs(Everything with { Views = 2 });
        FineTuneOptions options = new() { Epochs = 4, BatchSize = 4, Train = new FreezePlan { Weights = [Weights(Model())[1]] } };

        FineTunedModel stored = FineTuner.Train(Request(inputs, options), TestContext.Current.CancellationToken);
        FineTunedModel again = FineTuner.Train(Request(inputs, options with { Prefix = new PrefixOptions { Megabytes = 0 } }), TestContext.Current.CancellationToken);

        Assert.Contains("computed in each epoch", again.Summary, StringComparison.Ordinal);
        Assert.All(stored.HeadWeights.Zip(again.HeadWeights), static pair => Assert.Equal(pair.Second, pair.First, 1e-5));
    }

    [Fact]
    public void Train_ResumedWithMixing_GivesTheSameBits()
    {
        using PixelInputs inputs = Inputs(Everything with { Mixup = 0.4, Cutmix = 1 });
        FineTuneOptions options = new() { Epochs = 4, BatchSize = 5, Train = new FreezePlan { Weights = [Weights(Model())[1]] } };
        FineTunedModel whole = FineTuner.Train(Request(inputs, options), TestContext.Current.CancellationToken);

        using CancellationTokenSource source = new();
        FineTuneRequest request = Request(inputs, options) with { CheckpointPath = Path.Combine(_folder, "checkpoint"), Progress = new CancelAt(source, 5) };
        Assert.ThrowsAny<OperationCanceledException>(() => FineTuner.Train(request, source.Token));
        FineTunedModel resumed = FineTuner.Train(request with { Resume = true }, TestContext.Current.CancellationToken);

        Assert.Equal(whole.HeadWeights, resumed.HeadWeights);
    }

    [Theory]
    [InlineData(0.2, 0, "mixup")]
    [InlineData(0, 1, "cutmix")]
    public void Validate_ViewsBesideMixing_SaysThatOneMustGo(double mixup, double cutmix, string name)
    {
        FineTuneOptions options = new() { Augmentation = new ImageAugmentation { Views = 3, Mixup = mixup, Cutmix = cutmix } };

        UserException exception = Assert.Throws<UserException>(() => OptionsValidation.Validate(options, static field => field));

        Assert.Contains($"'{name}'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_ViewsOfNothing_SaysSo() => Assert.Throws<UserException>(
        () => OptionsValidation.Validate(new FineTuneOptions { Augmentation = new ImageAugmentation { Views = 3 } }, static field => field));

    private static byte[] Image(int row)
    {
        byte[] bytes = new byte[3 * Side * Side];
        new Random(row).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Pixels(IReadOnlyDictionary<string, Tensor> read) => read[FeatureGraph.Pixels].contiguous().data<byte>().ToArray();

    private PixelInputs Inputs(ImageAugmentation augmentation)
    {
        ImageRow[] images = [.. Enumerable.Range(0, Rows).Select(static row => new ImageRow($"{row}", null, new RawPixels(Interleaved(Image(row)), Side, Side, false)))];
        StockImageChain chain = new() { ResizeWidth = Side, ResizeHeight = Side };
        return PixelInputs.Decode(images, chain, _folder, augmentation, 11, static (_, error) => throw error, CancellationToken.None).Inputs;
    }

    private static byte[] Interleaved(byte[] planes)
    {
        int count = Side * Side;
        return [.. Enumerable.Range(0, count).SelectMany(i => (byte[])[planes[i], planes[count + i], planes[(2 * count) + i], 255])];
    }

    // Two convolutions; the second one trains.
    private static OnnxModel Model()
    {
        GraphBuilder graph = new("two convolutions", 17);
        string pixels = graph.Input(FeatureGraph.Pixels, TensorProto.Types.DataType.Uint8, "batch", 3, Side, Side);
        string scaled = graph.Node("Mul", [graph.Cast(pixels, TensorProto.Types.DataType.Float), graph.Floats("scale", [1], [1 / 255f])]);
        string first = graph.Node("Relu", [graph.Node("Conv", [scaled, Kernels("first", 4, 3)])]);
        string second = graph.Node("Relu", [graph.Node("Conv", [first, Kernels("second", 5, 4)])]);
        graph.Output("features", graph.Squeeze(graph.Node("GlobalAveragePool", [second]), 2, 3), TensorProto.Types.DataType.Float, "batch", 5);
        return graph.Build();

        string Kernels(string name, int outputs, int inputs)
        {
            Random random = new(outputs);
            return graph.Floats(name, [outputs, inputs, 3, 3], [.. Enumerable.Range(0, outputs * inputs * 9).Select(_ => (float)(random.NextDouble() - 0.4))]);
        }
    }

    private static string[] Weights(OnnxModel model) => [.. model.Proto.Graph.Initializer.Where(static tensor => tensor.Dims.Count == 4).Select(static tensor => tensor.Name)];

    private FineTuneRequest Request(PixelInputs inputs, FineTuneOptions options) => new()
    {
        Model = Model(),
        Candidates = Weights(Model()).ToHashSet(),
        Identity = "two convolutions",
        Rows = new LabelledRows(inputs, [.. Enumerable.Range(0, Rows).Select(static row => row % 2)]),
        Classes = ["a", "b"],
        Options = options,
        WorkFolder = _folder,
    };

    private sealed class CancelAt(CancellationTokenSource source, long step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Stage == TrainingStage.Training && value.Done == step)
            {
                source.Cancel();
            }
        }
    }
}
