using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Networks;

/// <summary>
/// The sums of residual networks, found by the graph's form: of a value, and of a branch whose first product multiplies that value with a stored matrix. A mask that is added to the
/// scores of each layer reaches later scores too, but its first product is that of probabilities with values.
/// </summary>
internal sealed class ResidualBranches
{
    private static readonly HashSet<string> Sums = ["Add", "SkipLayerNormalization", "SkipSimplifiedLayerNormalization"];

    private static readonly HashSet<string> Products =
    [
        "MatMul", "Gemm", "Einsum", "Conv", "ConvTranspose", "FusedMatMul", "FusedGemm", "FusedConv", "Attention", "MultiHeadAttention", "GroupQueryAttention",
    ];

    private readonly GraphProto _graph;
    private readonly Dictionary<string, int> _writers = [];

    // Initializers, and what is computed from them alone.
    private readonly HashSet<string> _stored;

    /// <summary>Looks at a graph.</summary>
    public ResidualBranches(GraphProto graph)
    {
        _graph = graph;
        _stored = [.. graph.Initializer.Select(static tensor => tensor.Name)];
        for (int i = 0; i < graph.Node.Count; i++)
        {
            NodeProto node = graph.Node[i];
            bool stored = GraphWalk.Reads(node).All(_stored.Contains);
            foreach (string output in node.Output.Where(static name => name.Length > 0))
            {
                _writers[output] = i;
                if (stored)
                {
                    _stored.Add(output);
                }
            }
        }
    }

    /// <summary>Which of a node's inputs is a residual branch; null where it is no sum of a value and a branch.</summary>
    public int? InputOf(NodeProto node) =>
        !Sums.Contains(node.OpType) || node.Input.Count < 2 ? null
        : IsBranch(node.Input[0], node.Input[1]) ? 0
        : IsBranch(node.Input[1], node.Input[0]) ? 1
        : null;

    private bool IsBranch(string value, string origin)
    {
        if (value == origin || _stored.Contains(value) || _stored.Contains(origin))
        {
            return false;
        }

        // The nodes of the branch: what the value is computed by, up to the origin.
        SortedSet<int> nodes = [];
        Stack<string> open = new([value]);
        bool reached = false;
        while (open.TryPop(out string? name))
        {
            reached |= name == origin;
            // What follows from a shape alone is not computed from the value.
            if (name != origin && _writers.TryGetValue(name, out int writer) && _graph.Node[writer].OpType is not ("Shape" or "Size") && nodes.Add(writer))
            {
                foreach (string read in GraphWalk.Reads(_graph.Node[writer]))
                {
                    open.Push(read);
                }
            }
        }

        if (!reached)
        {
            return false;
        }

        // Forward from the origin to the first product on each way.
        HashSet<string> carried = [origin];
        foreach (int number in nodes)
        {
            NodeProto node = _graph.Node[number];
            if (!GraphWalk.Reads(node).Any(carried.Contains))
            {
                continue;
            }

            if (!Products.Contains(node.OpType))
            {
                carried.UnionWith(node.Output);
            }
            else if (node.Input.Any(_stored.Contains))
            {
                return true;
            }
        }

        return false;
    }
}
