using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Freezing.Adapters;

/// <summary>A node that reads a weight.</summary>
/// <param name="Node">The number of the node.</param>
/// <param name="Input">Which of its inputs the weight is.</param>
/// <param name="IsTurned">Whether the last two axes were swapped on the way.</param>
internal readonly record struct WeightReader(int Node, int Input, bool IsTurned);

/// <summary>Which nodes read which weights, seen through nodes that convert or turn a stored matrix.</summary>
internal sealed class WeightReaders
{
    private readonly Dictionary<string, List<WeightReader>> _readers = [];
    private readonly HashSet<string> _elsewhere = [];

    private WeightReaders()
    {
    }

    /// <summary>Looks at a graph.</summary>
    public static WeightReaders Of(GraphProto graph)
    {
        WeightReaders result = new();
        Dictionary<string, (string Weight, bool IsTurned)> origins = graph.Initializer.ToDictionary(static tensor => tensor.Name, static tensor => (tensor.Name, false));
        Dictionary<string, int> ranks = graph.Initializer.ToDictionary(static tensor => tensor.Name, static tensor => tensor.Dims.Count);
        for (int i = 0; i < graph.Node.Count; i++)
        {
            NodeProto node = graph.Node[i];
            if (node.Input.Count > 0 && origins.TryGetValue(node.Input[0], out (string Weight, bool IsTurned) origin) && node.OpType switch
            {
                "Cast" or "CastLike" or "Identity" => false,
                "Transpose" => SwapsLastTwo(node, ranks[origin.Weight]),
                _ => (bool?)null,
            } is { } turns)
            {
                origins[node.Output[0]] = (origin.Weight, origin.IsTurned ^ turns);
                continue;
            }

            for (int input = 0; input < node.Input.Count; input++)
            {
                if (origins.TryGetValue(node.Input[input], out origin))
                {
                    result._readers.TryAdd(origin.Weight, []);
                    result._readers[origin.Weight].Add(new WeightReader(i, input, origin.IsTurned));
                }
            }

            result._elsewhere.UnionWith(GraphWalk.Reads(node).Except(node.Input).Where(origins.ContainsKey).Select(name => origins[name].Weight));
        }

        result._elsewhere.UnionWith(graph.Output.Select(static output => output.Name).Where(origins.ContainsKey).Select(name => origins[name].Weight));
        return result;
    }

    /// <summary>The nodes of the graph itself that read a weight.</summary>
    public IReadOnlyList<WeightReader> Of(string weight) => _readers.GetValueOrDefault(weight) ?? [];

    /// <summary>Whether a branch of a control-flow node reads a weight too, or the graph gives it out.</summary>
    public bool IsReadElsewhere(string weight) => _elsewhere.Contains(weight);

    /// <summary>Null for a transposition that does more than that.</summary>
    private static bool? SwapsLastTwo(NodeProto node, int rank)
    {
        if (rank < 2)
        {
            return null;
        }

        // Without the attribute all axes are reversed.
        int[] order = [.. Enumerable.Range(0, rank)];
        long[] axes = node.Attribute.FirstOrDefault(static attribute => attribute.Name == "perm")?.Ints.ToArray() ?? [.. order.Reverse().Select(static axis => (long)axis)];
        return axes.AsSpan().SequenceEqual([.. order[..^2], order[^1], order[^2]]) ? true : null;
    }
}
