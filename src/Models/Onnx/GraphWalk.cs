using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Iterates over the parts of a graph.</summary>
internal static class GraphWalk
{
    /// <summary>All nodes, those of subgraphs (the branches of If, the body of Loop) behind the node that holds them.</summary>
    public static IEnumerable<NodeProto> Nodes(GraphProto graph) => Nodes(graph.Node);

    /// <inheritdoc cref="Nodes(GraphProto)"/>
    public static IEnumerable<NodeProto> Nodes(IEnumerable<NodeProto> nodes)
    {
        foreach (NodeProto node in nodes)
        {
            yield return node;
            foreach (GraphProto subgraph in Subgraphs(node))
            {
                foreach (NodeProto inner in Nodes(subgraph))
                {
                    yield return inner;
                }
            }
        }
    }

    /// <summary>The graphs among a node's attributes.</summary>
    public static IEnumerable<GraphProto> Subgraphs(NodeProto node)
    {
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (attribute.G is not null)
            {
                yield return attribute.G;
            }

            foreach (GraphProto graph in attribute.Graphs)
            {
                yield return graph;
            }
        }
    }

    /// <summary>Names that a node reads: its inputs, and what its subgraphs take from the graph around them.</summary>
    public static IEnumerable<string> Reads(NodeProto node)
    {
        foreach (string input in node.Input)
        {
            if (input.Length > 0)
            {
                yield return input;
            }
        }

        foreach (GraphProto subgraph in Subgraphs(node))
        {
            foreach (string captured in Captures(subgraph))
            {
                yield return captured;
            }
        }
    }

    /// <summary>How an error names a node.</summary>
    public static string Describe(NodeProto node, int index)
    {
        string type = node.Domain.Length == 0 ? node.OpType : $"{node.Domain}.{node.OpType}";
        string output = node.Output.FirstOrDefault(static name => name.Length > 0) ?? "nothing";
        return node.Name.Length > 0 ? $"node '{node.Name}' ({type})" : $"node {index} ({type}, which gives '{output}')";
    }

    private static IEnumerable<string> Captures(GraphProto graph)
    {
        HashSet<string> local = [.. graph.Input.Select(static value => value.Name), .. graph.Initializer.Select(static tensor => tensor.Name)];
        foreach (NodeProto node in graph.Node)
        {
            foreach (string name in Reads(node))
            {
                if (!local.Contains(name))
                {
                    yield return name;
                }
            }

            local.UnionWith(node.Output);
        }

        foreach (ValueInfoProto output in graph.Output)
        {
            if (!local.Contains(output.Name))
            {
                yield return output.Name;
            }
        }
    }
}
