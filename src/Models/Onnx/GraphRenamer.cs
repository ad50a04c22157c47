using Google.Protobuf.Collections;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Gives tensors of a graph other names, in subgraphs too. What has no such name is shared with the original.</summary>
internal static class GraphRenamer
{
    /// <summary>A copy of the graph in which every name that is a key of <paramref name="names"/> became its value.</summary>
    public static GraphProto Rename(GraphProto graph, IReadOnlyDictionary<string, string> names)
    {
        if (names.All(static pair => pair.Key == pair.Value))
        {
            return graph;
        }

        GraphProto copy = Shallow.Header(graph);
        copy.Node.AddRange(graph.Node.Select(node => Mentions(node, names) ? Renamed(node, names) : node));
        copy.Initializer.AddRange(graph.Initializer.Select(tensor => names.TryGetValue(tensor.Name, out string? name) ? Renamed(tensor, name) : tensor));
        copy.SparseInitializer.AddRange(graph.SparseInitializer.Select(sparse => Renamed(sparse, names)));
        copy.Input.AddRange(graph.Input.Select(value => Renamed(value, names)));
        copy.Output.AddRange(graph.Output.Select(value => Renamed(value, names)));
        copy.ValueInfo.AddRange(graph.ValueInfo.Select(value => Renamed(value, names)));
        copy.QuantizationAnnotation.AddRange(graph.QuantizationAnnotation.Select(annotation => Renamed(annotation, names)));
        return copy;
    }

    private static bool Mentions(NodeProto node, IReadOnlyDictionary<string, string> names) =>
        node.Input.Concat(node.Output).Any(names.ContainsKey) || GraphWalk.Subgraphs(node).Any();

    private static NodeProto Renamed(NodeProto node, IReadOnlyDictionary<string, string> names)
    {
        // A clone shares the bytes of its tensors: ByteString is immutable.
        NodeProto copy = node.Clone();
        RenameAll(copy.Input, names);
        RenameAll(copy.Output, names);
        foreach (AttributeProto attribute in copy.Attribute)
        {
            attribute.G = attribute.G is null ? null : Rename(attribute.G, names);
            for (int i = 0; i < attribute.Graphs.Count; i++)
            {
                attribute.Graphs[i] = Rename(attribute.Graphs[i], names);
            }
        }

        return copy;
    }

    private static TensorProto Renamed(TensorProto tensor, string name)
    {
        TensorProto copy = tensor.Clone();
        copy.Name = name;
        return copy;
    }

    private static SparseTensorProto Renamed(SparseTensorProto sparse, IReadOnlyDictionary<string, string> names)
    {
        if (sparse.Values is null || !names.TryGetValue(sparse.Values.Name, out string? name))
        {
            return sparse;
        }

        SparseTensorProto copy = sparse.Clone();
        copy.Values.Name = name;
        return copy;
    }

    private static ValueInfoProto Renamed(ValueInfoProto value, IReadOnlyDictionary<string, string> names)
    {
        if (!names.TryGetValue(value.Name, out string? name))
        {
            return value;
        }

        ValueInfoProto copy = value.Clone();
        copy.Name = name;
        return copy;
    }

    private static TensorAnnotation Renamed(TensorAnnotation annotation, IReadOnlyDictionary<string, string> names)
    {
        TensorAnnotation copy = annotation.Clone();
        copy.TensorName = names.GetValueOrDefault(annotation.TensorName, annotation.TensorName);
        foreach (StringStringEntryProto parameter in copy.QuantParameterTensorNames)
        {
            parameter.Value = names.GetValueOrDefault(parameter.Value, parameter.Value);
        }

        return copy;
    }

    private static void RenameAll(RepeatedField<string> list, IReadOnlyDictionary<string, string> names)
    {
        for (int i = 0; i < list.Count; i++)
        {
            list[i] = names.GetValueOrDefault(list[i], list[i]);
        }
    }
}
