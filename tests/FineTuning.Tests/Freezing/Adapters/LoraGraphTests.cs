using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Prefix;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Freezing.Adapters;

/// <summary>An adapter, whatever node reads its weight, against ONNX Runtime and against the gradient of the whole weight.</summary>
public sealed class LoraGraphTests : IDisposable
{
    private static readonly LoraOptions Options = new() { Rank = 2, Alpha = 3 };

    private readonly DisposeScope _scope;

    public LoraGraphTests()
    {
        TorchRuntime.EnsureAvailable();
        _scope = NewDisposeScope();
    }

    public static TheoryData<string> Cases => [.. LoraCase.All.Keys];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Insert_FirstValues_GivesWhatTheBackboneGives(string name)
    {
        OnnxModel model = LoraCase.All[name]();
        LoraWeights first = LoraWeights.Begin(Options, [LoraCase.Target(model, Options)], seed: 1);
        using OnnxModule plain = OnnxModule.Import(model);
        using OnnxModule adapted = OnnxModule.Import(LoraGraph.Insert(model, first, dropout: 0));

        Tensor before = plain.call(LoraCase.Batch(model))["y"], after = adapted.call(LoraCase.Batch(model))["y"];

        Assert.InRange((before - after).abs().max().item<float>(), 0, 1e-6); // the last bit: another layout in memory
        Assert.Contains(first.Pairs[0].A, static value => value != 0);
        Assert.All(first.Pairs[0].B, static value => Assert.Equal(0, value));
        long[] shape = first.Pairs[0].Target.ShapeOfA(Options.Rank);
        double bound = 1 / Math.Sqrt(first.Pairs[0].Target.Form == LoraForm.Filters ? TensorShape.Count(shape[1..]) : shape[^1]);
        Assert.All(first.Pairs[0].A, value => Assert.InRange(value, -bound, bound));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Insert_TrainedValues_GiveWhatOnnxRuntimeGivesWithTheMergedWeight(string name)
    {
        OnnxModel model = LoraCase.All[name]();
        LoraWeights trained = Trained(model);
        using OnnxModule adapted = OnnxModule.Import(LoraGraph.Insert(model, trained, dropout: 0));
        using PrefixSession merged = new(Merged(model, trained), ["y"], new InferenceOptions());
        using PrefixSession plain = new(model, ["y"], new InferenceOptions());

        Tensor actual = adapted.call(LoraCase.Batch(model))["y"], expected = merged.Run(LoraCase.Batch(model))["y"];

        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((actual - expected).abs().max().item<float>(), 0, 1e-5);
        Assert.True((plain.Run(LoraCase.Batch(model))["y"] - expected).abs().max().item<float>() > 1e-2, "The adapter changes nothing.");
    }

    // G is the gradient of the merged weight W + s·B·A, seen as [outputs, inputs]: dA = s·Bᵀ·G and dB = s·G·Aᵀ.
    [Theory]
    [MemberData(nameof(Cases))]
    public void Insert_Gradients_AreThoseThatFollowFromTheWholeWeights(string name)
    {
        OnnxModel model = LoraCase.All[name]();
        LoraWeights trained = Trained(model);
        LoraPair pair = trained.Pairs[0];
        using OnnxModule adapted = OnnxModule.Import(LoraGraph.Insert(model, trained, dropout: 0));
        using OnnxModule merged = OnnxModule.Import(Merged(model, trained));

        Backward(adapted, model);
        Backward(merged, model);

        Tensor whole = merged.Weights["w"].grad!;
        Tensor g = pair.Target.Form switch { LoraForm.InputsByOutputs => whole.transpose(-1, -2), LoraForm.Filters => whole.flatten(1), _ => whole };
        Tensor a = adapted.Weights[pair.Target.A], b = adapted.Weights[pair.Target.B];
        Tensor aMatrix = pair.Target.Form == LoraForm.Filters ? a.flatten(1) : a;
        AssertClose(b.transpose(-1, -2).matmul(g) * trained.Scale, a.grad!.reshape(aMatrix.shape));
        AssertClose(g.matmul(aMatrix.transpose(-1, -2)) * trained.Scale, b.grad!);
    }

    // The frozen weight sees all of the input; only the adapter misses a part, and what is left is scaled up: the mean stays.
    [Theory]
    [InlineData("matmul")]
    [InlineData("gemm")]
    [InlineData("conv of two axes")]
    public void Insert_Dropout_ActsOnTheAdapterAloneAndInTrainingOnly(string name)
    {
        OnnxModel model = LoraCase.All[name]();
        LoraWeights trained = Trained(model);
        using OnnxModule dropping = OnnxModule.Import(LoraGraph.Insert(model, trained, dropout: 0.5));
        using OnnxModule plain = OnnxModule.Import(model);
        using OnnxModule whole = OnnxModule.Import(LoraGraph.Insert(model, trained, dropout: 0));
        Dictionary<string, Tensor> batch = LoraCase.Batch(model);
        Tensor expected = whole.call(batch)["y"], without = plain.call(batch)["y"];

        dropping.eval();
        Assert.Equal(0, (dropping.call(batch)["y"] - expected).abs().max().item<float>());
        dropping.train();
        manual_seed(1);
        Tensor[] runs = [.. Enumerable.Range(0, 2000).Select(_ => dropping.call(batch)["y"].detach())];
        Assert.NotEqual(0, (runs[0] - runs[1]).abs().max().item<float>());
        float adapter = (expected - without).abs().max().item<float>();
        Assert.InRange((stack(runs).mean([0L]) - expected).abs().max().item<float>(), 0, 0.15 * adapter);
    }

    [Fact]
    public void Choose_DropoutWithoutAnInputOfItsOwn_SaysWhichWeightAndWhatToDo()
    {
        OnnxModel model = LoraCase.All["grouped conv, sum"]();

        string message = Assert.Throws<Models.Errors.UserException>(() => LoraCase.Target(model, Options with { Dropout = 0.1 })).Message;

        Assert.Contains("'w' belongs to a grouped or fused convolution", message, StringComparison.Ordinal);
        Assert.Contains("Set dropout to 0", message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Choose_Case_PutsTheAdapterBesideTheNodeWhereThatCanBeDone(string name)
    {
        OnnxModel model = LoraCase.All[name]();

        Assert.Equal(name.EndsWith("sum", StringComparison.Ordinal), LoraCase.Target(model, Options).SideNodes.Count == 0);
    }

    private static LoraWeights Trained(OnnxModel model)
    {
        LoraTarget target = LoraCase.Target(model, Options);
        return new LoraWeights(Options.Rank, Options.Alpha,
            [new LoraPair(target, LoraCase.Values(TensorShape.Count(target.ShapeOfA(Options.Rank)), 21), LoraCase.Values(TensorShape.Count(target.ShapeOfB(Options.Rank)), 22))]);
    }

    private static OnnxModel Merged(OnnxModel model, LoraWeights trained)
    {
        OnnxModel merged = new(model.Proto.Clone(), null);
        foreach ((string name, (float[] values, long[] shape)) in trained.Merge(model))
        {
            int place = merged.Proto.Graph.Initializer.ToList().FindIndex(tensor => tensor.Name == name);
            merged.Proto.Graph.Initializer[place] = TensorData.Floats(name, shape, values);
        }

        return merged;
    }

    private static void Backward(OnnxModule module, OnnxModel model)
    {
        Tensor y = module.call(LoraCase.Batch(model))["y"];
        Tensor direction = tensor(LoraCase.Values(y.numel(), 31), y.shape);
        (y * direction).sum().backward();
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        double scale = Math.Max(1, expected.abs().max().item<float>());
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-4 * scale);
    }
}
