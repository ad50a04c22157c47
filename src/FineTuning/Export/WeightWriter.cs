using Google.Protobuf;
using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.FineTuning.Export;

/// <summary>Writes weights and running statistics of a module into a copy of the graph that it was made from.</summary>
/// <remarks>Nodes, names, order, operator sets and metadata stay as they are. A tensor whose values did not change keeps its very bytes.</remarks>
internal static class WeightWriter
{
    /// <summary>The model with the weights of the module.</summary>
    /// <param name="module">The trained module.</param>
    /// <param name="precision">How weights are stored that the file has in half precision.</param>
    public static OnnxModel Write(OnnxModule module, StoredPrecision precision)
    {
        Dictionary<string, torch.Tensor> trained = module.Weights.ToDictionary(pair => pair.Key, pair => (torch.Tensor)pair.Value);
        foreach ((string name, torch.Tensor statistics) in module.Statistics)
        {
            trained[name] = statistics;
        }

        return Write(module.Model, trained, precision);
    }

    /// <summary>A model with other values in some of its initializers.</summary>
    /// <param name="model">The model; it is not changed.</param>
    /// <param name="trained">The values by the name of their initializer.</param>
    /// <param name="precision">How weights are stored that the file has in half precision.</param>
    public static OnnxModel Write(OnnxModel model, IReadOnlyDictionary<string, torch.Tensor> trained, StoredPrecision precision)
    {
        ModelProto proto = model.Proto.Clone();
        foreach (GraphProto graph in Graphs(proto.Graph))
        {
            for (int i = 0; i < graph.Initializer.Count; i++)
            {
                if (trained.TryGetValue(graph.Initializer[i].Name, out torch.Tensor? values))
                {
                    graph.Initializer[i] = Replace(graph.Initializer[i], values, model.Directory, precision);
                }
            }
        }

        return new OnnxModel(proto, model.Directory);
    }

    private static TensorProto Replace(TensorProto stored, torch.Tensor values, string? directory, StoredPrecision precision)
    {
        DataType type = (DataType)stored.DataType;
        bool half = type is DataType.Float16 or DataType.Bfloat16;
        DataType written = half && precision == StoredPrecision.Widen ? DataType.Float : type;
        byte[] bytes = Bytes(values, written);
        ReadOnlyMemory<byte> before = TensorData.ToRaw(stored, directory);
        if (written == type && before.Span.SequenceEqual(bytes))
        {
            return stored;
        }

        TensorProto result = stored.Clone();
        result.DataType = (int)written;
        result.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        result.FloatData.Clear();
        result.DoubleData.Clear();
        result.Int32Data.Clear();
        result.ExternalData.Clear();
        result.ClearDataLocation();
        return result;
    }

    private static byte[] Bytes(torch.Tensor values, DataType type)
    {
        torch.ScalarType stored = type switch
        {
            DataType.Float16 => torch.ScalarType.Float16,
            DataType.Bfloat16 => torch.ScalarType.BFloat16,
            DataType.Double => torch.ScalarType.Float64,
            _ => torch.ScalarType.Float32,
        };
        using torch.Tensor detached = values.detach();
        using torch.Tensor converted = detached.to(stored, torch.CPU);
        using torch.Tensor ordered = converted.contiguous();
        return ordered.bytes.ToArray();
    }

    private static IEnumerable<GraphProto> Graphs(GraphProto graph) =>
        graph.Node.SelectMany(node => node.Attribute).Where(attribute => attribute.G is not null).SelectMany(attribute => Graphs(attribute.G)).Prepend(graph);
}
