using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Gives tensors of a graph other names, in subgraphs too. Tensor data is shared with the original.</summary>
internal static class GraphRenamer
{
    /// <summary>A copy of the graph in which every name that is a key of <paramref name="names"/> became its value.</summary>
    public static GraphProto Rename(GraphProto graph, IReadOnlyDictionary<string, string> names)
    {
        if (names.All(static pair => pair.Key == pair.Value))
        {
            return graph;
        }

        GraphProto copy = new() { Name = graph.Name };
        copy.Node.AddRange(graph.Node.Select(node => Rename(node, names)));
        copy.Initializer.AddRange(graph.Initializer.Select(tensor => Rename(tensor, names)));
        copy.Input.AddRange(graph.Input.Select(value => Rename(value, names)));
        copy.Output.AddRange(graph.Output.Select(value => Rename(value, names)));
        copy.ValueInfo.AddRange(graph.ValueInfo.Select(value => Rename(value, names)));
        copy.MetadataProps.AddRange(graph.MetadataProps);
        return copy;
    }

    private static NodeProto Rename(NodeProto node, IReadOnlyDictionary<string, string> names)
    {
        if (!node.Input.Concat(node.Output).Any(names.ContainsKey) && !GraphWalk.Subgraphs(node).Any())
        {
            return node;
        }

        NodeProto copy = new() { Name = node.Name, OpType = node.OpType };
        if (node.HasDomain)
        {
            copy.Domain = node.Domain;
        }

        if (node.HasOverload)
        {
            copy.Overload = node.Overload;
        }

        copy.Input.AddRange(node.Input.Select(name => names.GetValueOrDefault(name, name)));
        copy.Output.AddRange(node.Output.Select(name => names.GetValueOrDefault(name, name)));
        copy.Attribute.AddRange(node.Attribute.Select(attribute => Rename(attribute, names)));
        copy.MetadataProps.AddRange(node.MetadataProps);
        return copy;
    }

    private static AttributeProto Rename(AttributeProto attribute, IReadOnlyDictionary<string, string> names)
    {
        if (attribute.G is null && attribute.Graphs.Count == 0)
        {
            return attribute;
        }

        AttributeProto copy = new() { Name = attribute.Name, Type = attribute.Type };
        if (attribute.G is not null)
        {
            copy.G = Rename(attribute.G, names);
        }

        copy.Graphs.AddRange(attribute.Graphs.Select(graph => Rename(graph, names)));
        return copy;
    }

    private static ValueInfoProto Rename(ValueInfoProto value, IReadOnlyDictionary<string, string> names) =>
        names.TryGetValue(value.Name, out string? name) ? new ValueInfoProto { Name = name, Type = value.Type } : value;

    private static TensorProto Rename(TensorProto tensor, IReadOnlyDictionary<string, string> names)
    {
        if (!names.TryGetValue(tensor.Name, out string? name))
        {
            return tensor;
        }

        // A clone shares the bytes: ByteString is immutable.
        TensorProto copy = tensor.Clone();
        copy.Name = name;
        return copy;
    }
}
