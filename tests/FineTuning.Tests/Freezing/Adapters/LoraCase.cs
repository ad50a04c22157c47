using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Blocks;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Freezing.Adapters;

/// <summary>Graphs of one weight <c>w</c> that is read in some way, input <c>x</c>, output <c>y</c>.</summary>
internal static class LoraCase
{
    private const TensorProto.Types.DataType Float = TensorProto.Types.DataType.Float;

    /// <summary>Every way to read a weight. Those that end in "sum" have no place for an adapter beside the node.</summary>
    public static IReadOnlyDictionary<string, Func<OnnxModel>> All { get; } = new Dictionary<string, Func<OnnxModel>>
    {
        ["matmul"] = () => Build([5, 6], [6, 4], static (graph, x, w) => graph.Node("MatMul", [x, w])),
        ["matmul with bias"] = () => Build([2, 5, 6], [6, 4], static (graph, x, w) => graph.Node("Add", [graph.Floats("bias", [4], Values(4, 7)), graph.Node("MatMul", [x, w])])),
        ["matmul of several matrices"] = () => Build([3, 5, 6], [3, 6, 4], static (graph, x, w) => graph.Node("MatMul", [x, w])),
        ["matmul of a turned weight"] = () => Build([5, 6], [4, 6], static (graph, x, w) => graph.Node("MatMul", [x, graph.Node("Transpose", [w], ("perm", new long[] { 1, 0 }))])),
        ["weight on the left, sum"] = () => Build([6, 5], [4, 6], static (graph, x, w) => graph.Node("MatMul", [w, x])),
        ["gemm"] = () => Build([5, 6], [6, 4], static (graph, x, w) => graph.Node("Gemm", [x, w, graph.Floats("bias", [4], Values(4, 7))], ("alpha", 0.5f))),
        ["gemm with a turned weight"] = () => Build([5, 6], [4, 6], static (graph, x, w) => graph.Node("Gemm", [x, w, graph.Floats("bias", [4], Values(4, 7))], ("transB", 1L))),
        ["gemm with a turned input, sum"] = () => Build([6, 5], [6, 4], static (graph, x, w) => graph.Node("Gemm", [x, w], ("transA", 1L))),
        ["conv of one axis"] = () => Build([2, 3, 9], [4, 3, 3], static (graph, x, w) => graph.Node("Conv", [x, w], ("pads", new long[] { 1, 1 }))),
        ["conv of two axes"] = () => Build([2, 3, 7, 8], [4, 3, 3, 3], static (graph, x, w) =>
            graph.Node("Conv", [x, w, graph.Floats("bias", [4], Values(4, 7))], ("strides", new long[] { 2, 1 }), ("pads", new long[] { 1, 0, 0, 1 }))),
        ["conv of three axes"] = () => Build([1, 2, 5, 5, 5], [3, 2, 2, 2, 2], static (graph, x, w) => graph.Node("Conv", [x, w], ("dilations", new long[] { 2, 1, 1 }))),
        ["grouped conv, sum"] = () => Build([2, 6, 7, 7], [4, 3, 3, 3], static (graph, x, w) => graph.Node("Conv", [x, w], ("group", 2L))),
        ["depthwise conv, sum"] = () => Build([2, 4, 7, 7], [4, 1, 3, 3], static (graph, x, w) => graph.Node("Conv", [x, w], ("group", 4L))),
        ["read twice"] = () => Build([5, 6], [6, 6], static (graph, x, w) => graph.Node("MatMul", [graph.Node("Tanh", [graph.Node("MatMul", [x, w])]), w])),
        ["table and product, sum"] = () => Build([5, 6], [4, 6], static (graph, x, w) => graph.Node("Add", [
            graph.Node("MatMul", [x, graph.Node("Transpose", [w], ("perm", new long[] { 1, 0 }))]), graph.Node("ReduceMean", [graph.Node("Gather", [w, graph.List(1, 3)])])])),
    };

    /// <summary>The target of a case.</summary>
    public static LoraTarget Target(OnnxModel model, LoraOptions options)
    {
        var weights = BackboneWeights.Of(model);
        return LoraTargets.Choose(options with { Targets = ["w"] }, model, weights, GraphBlocks.Find(model, [.. weights.Select(static weight => weight.Name)])).Single();
    }

    /// <summary>A batch.</summary>
    public static Dictionary<string, Tensor> Batch(OnnxModel model)
    {
        long[] shape = [.. model.Proto.Graph.Input[0].Type.TensorType.Shape.Dim.Select(static dim => dim.DimValue)];
        return new Dictionary<string, Tensor> { ["x"] = tensor(Values((int)TensorShape.Count(shape), 11), shape) };
    }

    /// <summary>Numbers between -1 and 1.</summary>
    public static float[] Values(long count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, (int)count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    private static OnnxModel Build(long[] input, long[] weight, Func<GraphBuilder, string, string, string> body)
    {
        GraphBuilder graph = new("case", 17);
        string x = graph.Input("x", Float, [.. input.Cast<object>()]);
        string w = graph.Floats("w", weight, Values(TensorShape.Count(weight), 5));
        graph.Output("y", body(graph, x, w), Float);
        OnnxModel model = graph.Build();

        // The builder makes names unique; the cases go by plain ones.
        foreach (NodeProto node in model.Proto.Graph.Node)
        {
            for (int i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = node.Input[i] == w ? "w" : node.Input[i];
            }
        }

        model.Proto.Graph.Initializer.Single(tensor => tensor.Name == w).Name = "w";
        return model;
    }
}
