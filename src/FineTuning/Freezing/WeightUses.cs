using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Freezing;

/// <summary>Where a graph uses its weights, seen through nodes that only convert or turn a stored tensor.</summary>
internal sealed class WeightUses
{
    private static readonly HashSet<string> PassThrough = ["Cast", "CastLike", "Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "DequantizeLinear"];

    private readonly Dictionary<string, HashSet<string>> _origins = [];

    private WeightUses()
    {
    }

    /// <summary>For each node, the weights that it uses; empty for nodes that only hand one on.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> OfNode { get; init; }

    /// <summary>For each weight, the first node that uses it.</summary>
    public required IReadOnlyDictionary<string, int> FirstNode { get; init; }

    /// <summary>Whether a tensor is a weight, or a weight that was only converted.</summary>
    public bool IsStored(string tensor) => _origins.ContainsKey(tensor);

    /// <summary>Looks at a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="weights">The names of the initializers that are weights.</param>
    public static WeightUses Of(GraphProto graph, IEnumerable<string> weights)
    {
        Dictionary<string, HashSet<string>> origins = weights.ToDictionary(static name => name, static name => new HashSet<string> { name });
        List<IReadOnlyList<string>> ofNode = [];
        Dictionary<string, int> first = [];
        for (int i = 0; i < graph.Node.Count; i++)
        {
            NodeProto node = graph.Node[i];
            if (PassThrough.Contains(node.OpType) && node.Input.Count > 0 && origins.TryGetValue(node.Input[0], out HashSet<string>? handed))
            {
                foreach (string output in node.Output)
                {
                    origins[output] = handed;
                }

                ofNode.Add([]);
                continue;
            }

            string[] used = [.. Models.Onnx.GraphWalk.Reads(node).Where(origins.ContainsKey).SelectMany(name => origins[name]).Distinct()];
            ofNode.Add(used);
            foreach (string name in used)
            {
                first.TryAdd(name, i);
            }
        }

        WeightUses uses = new() { OfNode = ofNode, FirstNode = first };
        foreach ((string name, HashSet<string> origin) in origins)
        {
            uses._origins[name] = origin;
        }

        return uses;
    }
}
