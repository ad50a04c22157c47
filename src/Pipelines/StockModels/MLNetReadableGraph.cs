using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Pipelines.StockModels;

/// <summary>Rewrites a graph so that ML.NET's <c>ApplyOnnxModel</c> can read it.</summary>
/// <remarks>
/// ML.NET 5.0 looks up the element type of every initializer and fails on types that it has no column for ("Unsupported ONNX scalar type: Float16"), although
/// ONNX Runtime runs them. It does not look at Constant nodes, so such weights move there and stay as small as they were.
/// </remarks>
internal static class MLNetReadableGraph
{
    /// <summary>The same computation without initializers that ML.NET cannot read; the given model where there are none.</summary>
    public static OnnxModel From(OnnxModel model)
    {
        if (model.Proto.Graph.Initializer.All(IsReadable))
        {
            return model;
        }

        ModelProto proto = Shallow.Copy(model.Proto);
        proto.Graph.Initializer.Clear();
        proto.Graph.Node.Clear();
        foreach (TensorProto initializer in model.Proto.Graph.Initializer)
        {
            if (IsReadable(initializer))
            {
                proto.Graph.Initializer.Add(initializer);
                continue;
            }

            proto.Graph.Node.Add(new NodeProto
            {
                OpType = "Constant",
                Name = $"constant/{initializer.Name}",
                Output = { initializer.Name },
                Attribute = { new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = initializer } },
            });
        }

        // Constants come first: nodes are in the order in which they run.
        proto.Graph.Node.AddRange(model.Proto.Graph.Node);
        return new OnnxModel(proto, model.Directory);
    }

    private static bool IsReadable(TensorProto tensor) => (DataType)tensor.DataType is
        DataType.Float or DataType.Double or DataType.Bool or DataType.String
        or DataType.Int8 or DataType.Int16 or DataType.Int32 or DataType.Int64
        or DataType.Uint8 or DataType.Uint16 or DataType.Uint32 or DataType.Uint64;
}
