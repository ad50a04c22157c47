using Microsoft.ML.OnnxRuntime;
using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;
using AttributeType = MLTransfer.Models.Onnx.Protos.AttributeProto.Types.AttributeType;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.FineTuning.Tests.Import.Operators;

/// <summary>The operators that ONNX Runtime's optimizer writes: graphs of one node, computed by ONNX Runtime and by the module.</summary>
public class FusedOperatorTests
{
    private static readonly Random Numbers = new(7);

    [Theory]
    [InlineData("Gelu")]
    [InlineData("QuickGelu")]
    [InlineData("FastGelu")]
    public void Run_Activation_GivesWhatOnnxRuntimeGives(string name) => Compare(name, 1, ("x", [2, 3, 8]));

    [Theory]
    [InlineData("FastGelu")]
    [InlineData("BiasGelu")]
    public void Run_ActivationWithBias_GivesWhatOnnxRuntimeGives(string name) => Compare(name, 1, ("x", [2, 3, 8]), ("bias", [8]));

    [Fact]
    public void Run_QuickGeluWithAlpha_GivesWhatOnnxRuntimeGives() => Compare("QuickGelu", 1, [Float("alpha", 1.2f)], ("x", [2, 3, 8]));

    [Fact]
    public void Run_SkipLayerNormalization_GivesWhatOnnxRuntimeGives() =>
        Compare("SkipLayerNormalization", 1, [Float("epsilon", 1e-3f)], ("x", [2, 3, 8]), ("skip", [2, 3, 8]), ("scale", [8]), ("shift", [8]), ("bias", [8]));

    [Fact]
    public void Run_SkipLayerNormalizationWithSum_GivesWhatOnnxRuntimeGives() =>
        Compare("SkipLayerNormalization", 4, [Float("epsilon", 1e-5f)], ("x", [2, 3, 8]), ("skip", [2, 3, 8]), ("scale", [8]), ("shift", [8]));

    [Fact]
    public void Run_SkipSimplifiedLayerNormalization_GivesWhatOnnxRuntimeGives() =>
        Compare("SkipSimplifiedLayerNormalization", 4, [Float("epsilon", 1e-5f)], ("x", [2, 3, 8]), ("skip", [2, 3, 8]), ("scale", [8]), ("bias", [8]));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_EmbedLayerNormalization_GivesWhatOnnxRuntimeGives(bool segments) => Compare(
        "EmbedLayerNormalization",
        2,
        [Float("epsilon", 1e-6f)],
        [
            Integers("ids", [2, 4], [3, 1, 4, 1, 5, 2, 0, 5]),
            segments ? Integers("segments", [2, 4], [0, 0, 1, 1, 0, 1, 1, 1]) : default,
            Floats("words", [6, 8]), Floats("positions", [5, 8]), segments ? Floats("kinds", [2, 8]) : default,
            Floats("scale", [8]), Floats("shift", [8]), Integers("mask", [2, 4], [1, 1, 1, 0, 1, 1, 0, 0]),
        ]);

    [Theory]
    [InlineData("none", false)]
    [InlineData("none", true)]
    [InlineData("lengths", false)]
    [InlineData("tokens", false)]
    [InlineData("tokens", true)]
    [InlineData("matrix", false)]
    public void Run_Attention_GivesWhatOnnxRuntimeGives(string mask, bool causal) => Compare(
        "Attention",
        1,
        [Int("num_heads", 2), Int("unidirectional", causal ? 1 : 0)],
        [Floats("x", [2, 4, 8]), Floats("weight", [8, 24]), Floats("bias", [24]), .. mask == "none" ? [] : new[] { Mask(mask) }]);

    [Fact]
    public void Run_AttentionWithUnequalSizes_GivesWhatOnnxRuntimeGives() => Compare(
        "Attention", 1, [Int("num_heads", 2), Ints("qkv_hidden_sizes", 8, 8, 12)], [Floats("x", [2, 4, 8]), Floats("weight", [8, 28]), Floats("bias", [28])]);

    [Fact]
    public void Run_AttentionWithPast_GivesWhatOnnxRuntimeGives() => Compare(
        "Attention",
        2,
        [Int("num_heads", 2), Int("unidirectional", 1)],
        [Floats("x", [2, 4, 8]), Floats("weight", [8, 24]), Floats("bias", [24]), default, Floats("past", [2, 2, 2, 3, 4])]);

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, false)]
    [InlineData(false, true, true)]
    public void Run_MultiHeadAttention_GivesWhatOnnxRuntimeGives(bool bias, bool mask, bool scores) => Compare(
        "MultiHeadAttention",
        1,
        [Int("num_heads", 2), Float("scale", scores ? 0.3f : 0f)],
        [
            Floats("q", [2, 3, 8]), Floats("k", [2, 4, 8]), Floats("v", [2, 4, 8]),
            bias ? Floats("bias", [24]) : default,
            mask ? Integers("mask", [2, 4], [1, 1, 1, 0, 1, 1, 0, 0]) : default,
            scores ? Floats("scores", [2, 2, 3, 4]) : default,
        ]);

    [Theory]
    [InlineData(0, 0, 1f)]
    [InlineData(1, 0, 0.5f)]
    [InlineData(0, 1, 1f)]
    [InlineData(1, 1, 2f)]
    public void Run_FusedMatMul_GivesWhatOnnxRuntimeGives(int transposeA, int transposeB, float alpha) => Compare(
        "FusedMatMul",
        1,
        [Int("transA", transposeA), Int("transB", transposeB), Float("alpha", alpha)],
        [Floats("a", transposeA == 1 ? [2, 5, 3] : [2, 3, 5]), Floats("b", transposeB == 1 ? [2, 4, 5] : [2, 5, 4])]);

    [Theory]
    [InlineData("Relu")]
    [InlineData("Sigmoid")]
    [InlineData("Tanh")]
    public void Run_FusedConv_GivesWhatOnnxRuntimeGives(string activation) => Compare(
        "FusedConv",
        1,
        [Text("activation", activation), Ints("pads", 1, 1, 1, 1), Ints("kernel_shape", 3, 3)],
        [Floats("x", [2, 3, 6, 6]), Floats("weight", [4, 3, 3, 3]), Floats("bias", [4]), Floats("sum", [2, 4, 6, 6])]);

    [Fact]
    public void Run_FusedConvWithBounds_GivesWhatOnnxRuntimeGives() => Compare(
        "FusedConv",
        1,
        [Text("activation", "Clip"), new() { Name = "activation_params", Type = AttributeType.Floats, Floats = { 0f, 0.7f } }, Ints("kernel_shape", 3, 3)],
        [Floats("x", [2, 3, 6, 6]), Floats("weight", [4, 3, 3, 3]), Floats("bias", [4])]);

    [Fact]
    public void Run_FusedGemm_GivesWhatOnnxRuntimeGives() => Compare(
        "FusedGemm", 1, [Text("activation", "LeakyRelu"), Float("activation_alpha", 0.2f), Int("transB", 1)], [Floats("a", [3, 5]), Floats("b", [4, 5]), Floats("c", [4])]);

    [Fact]
    public void Run_GroupQueryAttention_GivesWhatOnnxRuntimeGives() => Compare(
        "GroupQueryAttention",
        1,
        [Int("num_heads", 4), Int("kv_num_heads", 2)],
        [
            Floats("q", [1, 4, 32]), Floats("k", [1, 4, 16]), Floats("v", [1, 4, 16]), default, default,
            Integers("lengths", [1], [3]), Integers("total", [1], [4]),
        ]);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Run_RotaryEmbedding_GivesWhatOnnxRuntimeGives(int interleaved) => Compare(
        "RotaryEmbedding",
        1,
        [Int("interleaved", interleaved), Int("num_heads", 2)],
        [Floats("x", [1, 3, 16]), new Operand("places", [1, 3], DataType.Int64, [0, 1, 2]), Floats("cos", [5, 4]), Floats("sin", [5, 4])]);

    [Fact]
    public void Run_BiasSoftmax_IsSoftmaxOfTheSum()
    {
        // ONNX Runtime has it on GPUs only; the formula is the peer.
        OnnxModel model = Model("BiasSoftmax", 1, [Int("axis", 2), Int("is_inner_broadcast", 1)], [Floats("x", [2, 3, 8]), Floats("bias", [2, 1, 8])], out Dictionary<string, torch.Tensor> inputs);
        using OnnxModule module = OnnxModule.Import(model);

        torch.Tensor actual = module.call(inputs)["y0"];

        torch.Tensor exponents = (inputs["x"] + inputs["bias"]).exp();
        Assert.True(actual.allclose(exponents / exponents.sum(-1, keepdim: true), 1e-5, 1e-6));
    }

    private static Operand Mask(string kind) => kind switch
    {
        "lengths" => Integers("mask", [2], [3, 2]),
        "tokens" => Integers("mask", [2, 4], [1, 1, 1, 0, 1, 1, 0, 0]),
        _ => Integers("mask", [2, 4, 4], [1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 0, 1, 1]),
    };

    private static void Compare(string name, int outputs, params (string Name, long[] Shape)[] operands) => Compare(name, outputs, [], operands);

    private static void Compare(string name, int outputs, AttributeProto[] attributes, params (string Name, long[] Shape)[] operands) =>
        Compare(name, outputs, attributes, [.. operands.Select(operand => Floats(operand.Name, operand.Shape))]);

    private static void Compare(string name, int outputs, AttributeProto[] attributes, Operand[] operands)
    {
        OnnxModel model = Model(name, outputs, attributes, operands, out Dictionary<string, torch.Tensor> inputs);
        using InferenceSession session = new(model.ToBytes(), new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL });
        using RunOptions options = new();
        string[] names = [.. model.Proto.Graph.Output.Select(output => output.Name)];
        Dictionary<string, OrtValue> values = inputs.ToDictionary(pair => pair.Key, pair => ToOrtValue(pair.Value));
        using IDisposableReadOnlyCollection<OrtValue> expected = session.Run(options, values, names);

        using OnnxModule module = OnnxModule.Import(model);
        IReadOnlyDictionary<string, torch.Tensor> actual = module.call(inputs);

        foreach ((string output, OrtValue value) in names.Zip(expected))
        {
            Assert.Equal(value.GetTensorTypeAndShape().Shape, actual[output].shape);
            if (value.GetTensorTypeAndShape().ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float)
            {
                float[] reference = value.GetTensorDataAsSpan<float>().ToArray();
                Assert.Equal(reference, actual[output].contiguous().data<float>().ToArray(), (a, b) => Math.Abs(a - b) <= 1e-4 * Math.Max(1, Math.Abs(a)));
            }
            else
            {
                Assert.Equal(value.GetTensorDataAsSpan<int>().ToArray(), actual[output].to(torch.ScalarType.Int32).data<int>().ToArray());
            }
        }
    }

    private static OnnxModel Model(string name, int outputs, AttributeProto[] attributes, Operand[] operands, out Dictionary<string, torch.Tensor> inputs)
    {
        ModelProto model = new() { IrVersion = 8, Graph = new GraphProto { Name = "fused" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.microsoft", Version = 1 });
        NodeProto node = new() { Name = "node", OpType = name, Domain = "com.microsoft" };
        node.Attribute.AddRange(attributes);
        inputs = [];
        foreach (Operand operand in operands)
        {
            node.Input.Add(operand.Name ?? string.Empty);
            if (operand.Name is null)
            {
                continue;
            }

            TypeProto.Types.Tensor type = new() { ElemType = (int)operand.Type, Shape = new TensorShapeProto() };
            type.Shape.Dim.AddRange(operand.Shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
            model.Graph.Input.Add(new ValueInfoProto { Name = operand.Name, Type = new TypeProto { TensorType = type } });
            inputs[operand.Name] = operand.Type == DataType.Float
                ? torch.tensor(operand.Values.Select(value => (float)value).ToArray(), operand.Shape)
                : torch.tensor(operand.Values.Select(value => (long)value).ToArray(), operand.Shape).to(operand.Type == DataType.Int32 ? torch.ScalarType.Int32 : torch.ScalarType.Int64);
        }

        for (int i = 0; i < outputs; i++)
        {
            // Of four outputs the two in the middle are statistics that a CPU does not compute.
            bool left = outputs == 4 && i is 1 or 2 && name.StartsWith("Skip", StringComparison.Ordinal);
            node.Output.Add(left ? string.Empty : $"y{i}");
            if (!left)
            {
                model.Graph.Output.Add(new ValueInfoProto { Name = $"y{i}" });
            }
        }

        if (name == "GroupQueryAttention")
        {
            // ONNX Runtime wants the outputs for the cache.
            node.Output.AddRange(["present_key", "present_value"]);
        }

        model.Graph.Node.Add(node);
        return new OnnxModel(model);
    }

    private static OrtValue ToOrtValue(torch.Tensor tensor) => tensor.dtype switch
    {
        torch.ScalarType.Float32 => OrtValue.CreateTensorValueFromMemory(tensor.data<float>().ToArray(), tensor.shape),
        torch.ScalarType.Int32 => OrtValue.CreateTensorValueFromMemory(tensor.data<int>().ToArray(), tensor.shape),
        _ => OrtValue.CreateTensorValueFromMemory(tensor.data<long>().ToArray(), tensor.shape),
    };

    private static Operand Floats(string name, long[] shape) =>
        new(name, shape, DataType.Float, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (product, size) => product * size)).Select(_ => (Numbers.NextDouble() * 2) - 1)]);

    private static Operand Integers(string name, long[] shape, double[] values) => new(name, shape, DataType.Int32, values);

    private static AttributeProto Float(string name, float value) => new() { Name = name, Type = AttributeType.Float, F = value };

    private static AttributeProto Int(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    private static AttributeProto Ints(string name, params long[] values) => new() { Name = name, Type = AttributeType.Ints, Ints = { values } };

    private static AttributeProto Text(string name, string value) => new() { Name = name, Type = AttributeType.String, S = Google.Protobuf.ByteString.CopyFromUtf8(value) };

    private readonly record struct Operand(string Name, long[] Shape, DataType Type, double[] Values);
}
