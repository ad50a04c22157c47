using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>A backbone cut in two: what no trained weight changes, and the rest.</summary>
/// <param name="Prefix">From the inputs of the backbone to <paramref name="Tensors"/>; null where everything trains.</param>
/// <param name="Tail">From <paramref name="Tensors"/>, and inputs of the backbone, to its output; null where nothing trains.</param>
/// <param name="Tensors">The tensors at the cut.</param>
internal sealed record PrefixCut(OnnxModel? Prefix, OnnxModel? Tail, IReadOnlyList<string> Tensors)
{
    private static readonly HashSet<string> Costly = ["MatMul", "Gemm", "Conv", "ConvTranspose", "Einsum", "Attention", "MultiHeadAttention", "LSTM", "GRU", "RNN", "Softmax"];

    /// <summary>Cuts a backbone.</summary>
    /// <param name="model">The backbone, with one output.</param>
    /// <param name="weights">Names of all its weights.</param>
    /// <param name="trained">Names of those that train.</param>
    public static PrefixCut Of(OnnxModel model, IReadOnlyCollection<string> weights, IReadOnlyCollection<string> trained)
    {
        string[] outputs = [.. model.Outputs.Select(static output => output.Name)];
        GraphProto graph = model.Proto.Graph;
        HashSet<string> moving = Followers(graph, trained);
        if (!outputs.Any(moving.Contains))
        {
            return new PrefixCut(model, null, outputs);
        }

        // What follows from no weight at all, as masks and shapes of the inputs do, is cheap: the tail computes it too.
        HashSet<string> computed = Computed(graph, WeightUses.Of(graph, weights));
        HashSet<string> cut = [.. outputs.Where(name => computed.Contains(name) && !moving.Contains(name))];
        foreach (NodeProto node in graph.Node.Where(node => node.Output.Any(moving.Contains)))
        {
            cut.UnionWith(GraphWalk.Reads(node).Where(name => computed.Contains(name) && !moving.Contains(name)));
        }

        DropWhatFollows(graph, computed, cut);
        if (cut.Count == 0)
        {
            return new PrefixCut(null, model, []);
        }

        string[] tensors = [.. cut.Order(StringComparer.Ordinal)];
        return new PrefixCut(model.Slice(tensors), model.Slice(outputs, tensors), tensors);
    }

    /// <summary>Names of tensors that depend on a set of tensors; the set itself included.</summary>
    private static HashSet<string> Followers(GraphProto graph, IEnumerable<string> of)
    {
        HashSet<string> names = [.. of];
        foreach (NodeProto node in graph.Node)
        {
            if (GraphWalk.Reads(node).Any(names.Contains))
            {
                names.UnionWith(node.Output.Where(static name => name.Length > 0));
            }
        }

        return names;
    }

    /// <summary>Tensors that were computed with a weight; a weight that was only converted does not count.</summary>
    private static HashSet<string> Computed(GraphProto graph, WeightUses uses)
    {
        HashSet<string> names = [];
        for (int i = 0; i < graph.Node.Count; i++)
        {
            if (uses.OfNode[i].Count > 0 || GraphWalk.Reads(graph.Node[i]).Any(names.Contains))
            {
                names.UnionWith(graph.Node[i].Output.Where(static name => name.Length > 0));
            }
        }

        return names;
    }

    /// <summary>Leaves out what follows from the others by a few cheap nodes, as the statistics of a norm do: less to store.</summary>
    private static void DropWhatFollows(GraphProto graph, HashSet<string> computed, HashSet<string> cut)
    {
        Dictionary<string, NodeProto> producers = [];
        foreach (NodeProto node in graph.Node)
        {
            foreach (string output in node.Output)
            {
                producers[output] = node;
            }
        }

        foreach (string name in cut.ToArray())
        {
            if (cut.Count > 1 && Follows(name))
            {
                cut.Remove(name);
            }
        }

        bool Follows(string dropped)
        {
            Stack<string> open = new([dropped]);
            HashSet<string> seen = [];
            while (open.TryPop(out string? name))
            {
                if (name != dropped && cut.Contains(name))
                {
                    continue;
                }

                if (!producers.TryGetValue(name, out NodeProto? node) || Costly.Contains(node.OpType) || seen.Count > 64)
                {
                    return false;
                }

                if (!seen.Add(name))
                {
                    continue;
                }

                foreach (string input in GraphWalk.Reads(node).Where(computed.Contains))
                {
                    open.Push(input);
                }

                // A node that begins with a stored table, and not with a tensor, is where the backbone begins.
                if (!GraphWalk.Reads(node).Any(computed.Contains))
                {
                    return false;
                }
            }

            return true;
        }
    }
}
