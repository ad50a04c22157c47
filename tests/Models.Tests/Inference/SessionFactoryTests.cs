using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using MLTransfer.Models.Tests.Onnx;

namespace MLTransfer.Models.Tests.Inference;

public sealed class SessionFactoryTests
{
    [Fact]
    public void Available_AnyBuild_HasTheProcessor() => Assert.Contains(ExecutionProvider.Cpu, SessionFactory.Available());

    [Theory]
    [InlineData(ExecutionProvider.Cuda, "-p:UseGpu=true")]
    [InlineData(ExecutionProvider.TensorRt, "-p:UseGpu=true")]
    [InlineData(ExecutionProvider.DirectMl, "Microsoft.ML.OnnxRuntime.DirectML")]
    [InlineData(ExecutionProvider.CoreMl, "macOS")]
    public void Create_ProviderThatTheBuildLacks_SaysWhatToDo(ExecutionProvider provider, string remedy)
    {
        SkipIfThere(provider);

        UserException exception = Assert.Throws<UserException>(() => Session(new InferenceOptions { Provider = provider }));

        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
        Assert.Contains("allowFallback", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ExecutionProvider.Cuda)]
    [InlineData(ExecutionProvider.DirectMl)]
    public void Create_ProviderThatTheBuildLacksWithFallback_ComputesOnTheProcessor(ExecutionProvider provider)
    {
        SkipIfThere(provider);

        using InferenceSession session = Session(new InferenceOptions { Provider = provider, AllowFallback = true });

        Assert.Contains("x", session.InputNames);
    }

    [Theory]
    [InlineData(GraphOptimization.None)]
    [InlineData(GraphOptimization.Basic)]
    [InlineData(GraphOptimization.Extended)]
    [InlineData(GraphOptimization.All)]
    public void Create_AnyOptimization_Runs(GraphOptimization optimization)
    {
        using InferenceSession session = Session(new InferenceOptions { GraphOptimization = optimization, IntraOpThreads = 1 });
        using var x = OrtValue.CreateTensorValueFromMemory(new float[] { 1, 2, 3 }, [1, 3]);
        using RunOptions run = new();
        using IDisposableReadOnlyCollection<OrtValue> outputs = session.Run(run, ["x"], [x], ["y"]);

        Assert.Equal(5, outputs[0].GetTensorDataAsSpan<float>()[0]);
    }

    [Fact]
    public void Create_UnknownOperator_NamesTheBackbone()
    {
        ModelProto proto = TinyGraphs.ScaleThenMean().Proto;
        proto.Graph.Node[0].OpType = "NoSuchOperator";

        UserException exception = Assert.Throws<UserException>(() => SessionFactory.Create(new OnnxModel(proto), new InferenceOptions(), "mine"));

        Assert.Contains("'mine'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("NoSuchOperator", exception.Message, StringComparison.Ordinal);
    }

    private static InferenceSession Session(InferenceOptions options) => SessionFactory.Create(TinyGraphs.ScaleThenMean(), options, "tiny");

    private static void SkipIfThere(ExecutionProvider provider)
    {
        if (SessionFactory.Available().Contains(provider))
        {
            Assert.Skip($"This build of ONNX Runtime has {provider}.");
        }
    }
}
