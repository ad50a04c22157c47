using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Tests.Onnx;

/// <summary>Small graphs whose results can be computed by hand.</summary>
internal static class TinyGraphs
{
    /// <summary>x [n, 3] → hidden = x · 2 + 1 → y = mean over axis 1, [n, 1].</summary>
    public static OnnxModel ScaleThenMean(long opset = 17)
    {
        GraphBuilder graph = new("scale", opset);
        string x = graph.Input("x", DataType.Float, "n", 3);
        string doubled = graph.Node("Mul", [x, graph.Floats("two", [1], [2f])]);
        string hidden = graph.Node("Add", [doubled, graph.Floats("one", [3], [1f, 1f, 1f])]);
        graph.Output("hidden", hidden, DataType.Float, "n", 3);
        string mean = graph.Reduce("ReduceMean", hidden, [1], keepDims: true);
        graph.Output("y", mean, DataType.Float, "n", 1);
        return graph.Build();
    }

    /// <summary>Two nodes, Relu then Neg, whose proto a test may break.</summary>
    public static ModelProto ReluNeg()
    {
        ModelProto model = new()
        {
            IrVersion = 8,
            Graph = new GraphProto
            {
                Name = "tiny",
                Node =
                {
                    new NodeProto { Name = "first", OpType = "Relu", Input = { "x" }, Output = { "a" } },
                    new NodeProto { Name = "second", OpType = "Add", Input = { "a", "w" }, Output = { "b" } },
                },
                Initializer = { TensorData.Floats("w", [2], [1f, 2f]) },
            },
            OpsetImport = { new OperatorSetIdProto { Domain = string.Empty, Version = 17 } },
        };
        model.Graph.Input.Add(new ValueInfoProto { Name = "x" });
        model.Graph.Output.Add(new ValueInfoProto { Name = "b" });
        return model;
    }
}
