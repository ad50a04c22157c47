using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Element type and dims of a graph's tensors: what the file says, and where it is silent, what ONNX Runtime infers.</summary>
internal static class TensorTypes
{
    /// <summary>Larger initializers say nothing about shapes; they need not be loaded for that.</summary>
    private const long LargestShapeTensor = 1024;

    /// <summary>What the file itself says, by name: inputs, outputs, initializers, and the inner tensors that it lists.</summary>
    public static Dictionary<string, ValueInfoProto> Declared(GraphProto graph)
    {
        Dictionary<string, ValueInfoProto> known = [];
        foreach (TensorProto tensor in graph.Initializer)
        {
            known[tensor.Name] = Of(tensor);
        }

        foreach (ValueInfoProto value in graph.ValueInfo.Concat(graph.Output).Concat(graph.Input))
        {
            if (value.Type is not null || !known.ContainsKey(value.Name))
            {
                known[value.Name] = value;
            }
        }

        return known;
    }

    /// <summary>The type of a stored tensor.</summary>
    public static ValueInfoProto Of(TensorProto tensor)
    {
        TensorShapeProto shape = new();
        shape.Dim.AddRange(tensor.Dims.Select(static dim => new TensorShapeProto.Types.Dimension { DimValue = dim }));
        return Value(tensor.Name, tensor.DataType, shape);
    }

    /// <summary>What ONNX Runtime infers; tensors for which it cannot are left out.</summary>
    /// <param name="model">The model.</param>
    /// <param name="names">Tensors of its graph.</param>
    public static IReadOnlyDictionary<string, ValueInfoProto> Infer(OnnxModel model, IReadOnlyList<string> names)
    {
        try
        {
            byte[] skeleton = WithoutWeights(model.Slice(names)).Proto.ToByteArray();
            using SessionOptions options = new()
            {
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
                IntraOpNumThreads = 1,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            using InferenceSession session = new(skeleton, options);
            return session.OutputMetadata
                .Where(static output => output.Value.IsTensor || output.Value.IsString)
                .ToDictionary(static output => output.Key, static output => Value(output.Key, output.Value));
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or OnnxModelException)
        {
            // An operator that it does not have, or external data that is not there: then the type stays unknown.
            return new Dictionary<string, ValueInfoProto>();
        }
    }

    /// <summary>The same graph with its weights as inputs: types and shapes are the same, and nothing is copied.</summary>
    private static OnnxModel WithoutWeights(OnnxModel model)
    {
        ModelProto proto = Shallow.Copy(model.Proto);
        HashSet<string> inputs = [.. proto.Graph.Input.Select(static value => value.Name)];
        HashSet<string> outputs = [.. proto.Graph.Output.Select(static value => value.Name)];
        proto.Graph.Initializer.Clear();
        foreach (TensorProto tensor in model.Proto.Graph.Initializer)
        {
            bool small = TensorData.ElementCount(tensor) <= LargestShapeTensor && !IsMissing(tensor, model.Directory);
            if (small || outputs.Contains(tensor.Name))
            {
                proto.Graph.Initializer.Add(tensor);
            }
            else if (!inputs.Contains(tensor.Name))
            {
                proto.Graph.Input.Add(Of(tensor));
            }
        }

        return new OnnxModel(proto, model.Directory).WithEmbeddedData();
    }

    /// <summary>Graphs are passed on without their weights: then the data is not in the file, or its file is not there.</summary>
    private static bool IsMissing(TensorProto tensor, string? directory) => ExternalData.IsExternal(tensor)
        ? ExternalData.IsMissing(tensor, directory)
        : tensor.RawData.Length + TensorData.TypedCount(tensor) == 0 && TensorData.ElementCount(tensor) > 0;

    private static ValueInfoProto Value(string name, NodeMetadata metadata)
    {
        TensorShapeProto shape = new();
        for (int i = 0; i < metadata.Dimensions.Length; i++)
        {
            TensorShapeProto.Types.Dimension dimension = new();
            if (metadata.Dimensions[i] >= 0)
            {
                dimension.DimValue = metadata.Dimensions[i];
            }
            else if (metadata.SymbolicDimensions[i].Length > 0)
            {
                dimension.DimParam = metadata.SymbolicDimensions[i];
            }

            shape.Dim.Add(dimension);
        }

        return Value(name, (int)metadata.ElementDataType, shape);
    }

    private static ValueInfoProto Value(string name, int elementType, TensorShapeProto shape) => new()
    {
        Name = name,
        Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = elementType, Shape = shape } },
    };
}
