using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Rewrites;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Rewrites;

public class InPlaceActivationTests
{
    private static readonly float[] Kernel = [.. Enumerable.Range(0, 4 * 3 * 9).Select(static i => MathF.Sin(i * 0.7f))];

    // Tan and Le 2019: a clip in the stem, behind the expansion of 15 of the 16 blocks, behind each depthwise convolution, and before the pooling.
    [Fact]
    public void Import_EfficientNetLite0_WritesOverItsConvolutions()
    {
        OnnxModel model = OnnxModel.Load(Backbone.Load("efficientnet-lite0").ModelPath);
        using OnnxModule module = OnnxModule.Import(model, new ImportOptions());

        Assert.Equal(1 + 15 + 16 + 1, module.AppliedRewrites[GraphRewrites.InPlaceActivation]);
    }

    public static TheoryData<string, int, bool, int> Forms => new()
    {
        { "Relu", 17, false, 1 },
        { "Clip", 17, false, 1 }, // bounds as inputs
        { "Clip", 10, false, 1 }, // as attributes
        { "Relu", 17, true, 0 }, // the sum behind it reads the convolution too
        { "Clip", 17, true, 0 },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void Apply_ActivationBehindAConvolution_GivesTheSameOutputAndGradient(string activation, int opset, bool isReadTwice, int expected)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        OnnxModel model = Graph(activation, opset, isReadTwice);
        using OnnxModule plain = OnnxModule.Import(model, new ImportOptions { Rewrites = GraphRewrites.None, Weights = ["w"] });
        using OnnxModule rewritten = OnnxModule.Import(model, new ImportOptions { Weights = ["w"] });
        Tensor x = (arange(2 * 3 * 36, ScalarType.Float32) * 0.37).sin().reshape(2, 3, 6, 6);

        Tensor[] outputs = [.. ((OnnxModule[])[plain, rewritten]).Select(module => module.call(new Dictionary<string, Tensor> { ["x"] = x })["y"])];
        foreach (Tensor output in outputs)
        {
            output.pow(2).sum().backward();
        }

        Assert.Equal(expected, rewritten.AppliedRewrites.GetValueOrDefault(GraphRewrites.InPlaceActivation));
        Assert.Equal(outputs[0].data<float>().ToArray(), outputs[1].data<float>().ToArray());
        Assert.Equal(plain.Weights["w"].grad!.data<float>().ToArray(), rewritten.Weights["w"].grad!.data<float>().ToArray());
        Assert.Equal(!isReadTwice, outputs[0].data<float>().ToArray().Contains(0f));
    }

    private static OnnxModel Graph(string activation, int opset, bool isReadTwice)
    {
        GraphProto graph = new()
        {
            Initializer = { TensorData.Floats("w", [4, 3, 3, 3], Kernel), TensorData.Floats("low", [], [0]), TensorData.Floats("high", [], [1.5f]) },
            Input = { new ValueInfoProto { Name = "x" } },
            Output = { new ValueInfoProto { Name = "y" } },
        };
        graph.Node.Add(new NodeProto { OpType = "Conv", Name = "conv", Input = { "x", "w" }, Output = { "c" } });
        NodeProto node = new() { OpType = activation, Name = "activation", Input = { "c" }, Output = { isReadTwice ? "a" : "y" } };
        if (activation == "Clip" && opset > 10)
        {
            node.Input.AddRange(["low", "high"]);
        }
        else if (activation == "Clip")
        {
            node.Attribute.Add(new AttributeProto { Name = "min", Type = AttributeProto.Types.AttributeType.Float, F = 0 });
            node.Attribute.Add(new AttributeProto { Name = "max", Type = AttributeProto.Types.AttributeType.Float, F = 1.5f });
        }

        graph.Node.Add(node);
        if (isReadTwice)
        {
            graph.Node.Add(new NodeProto { OpType = "Add", Name = "sum", Input = { "a", "c" }, Output = { "y" } });
        }

        return new OnnxModel(new ModelProto { Graph = graph, OpsetImport = { new OperatorSetIdProto { Version = opset } } }, null);
    }
}
