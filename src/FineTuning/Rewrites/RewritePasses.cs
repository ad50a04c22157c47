using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Import.Values;

namespace MLTransfer.FineTuning.Rewrites;

/// <summary>Runs the rewrites that are switched on, one after the other.</summary>
internal static class RewritePasses
{
    private static readonly (GraphRewrites Name, Func<GraphNode, GraphMatcher, GraphNode?> Match)[] Passes =
    [
        (GraphRewrites.LayerNorm, LayerNormRewrite.Match),
        (GraphRewrites.Gelu, GeluRewrite.Match),
        (GraphRewrites.HardSwish, SwishRewrite.MatchHardSwish),
        (GraphRewrites.Silu, SwishRewrite.MatchSilu),
        (GraphRewrites.Attention, AttentionRewrite.Match),
        (GraphRewrites.Linear, LinearRewrite.MatchLinear),
        (GraphRewrites.ConvBias, LinearRewrite.MatchConvBias),
    ];

    /// <summary>Rewrites a graph in place. A match replaces the last node of its pattern; what nobody reads any more is dropped.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="fixedValues">Weights and constants by name.</param>
    /// <param name="trained">Names of the fixed values that training changes.</param>
    /// <param name="chosen">The rewrites that are switched on.</param>
    /// <returns>How often each rewrite matched.</returns>
    public static IReadOnlyDictionary<GraphRewrites, int> Apply(
        ImportGraph graph, IReadOnlyDictionary<string, GraphValue> fixedValues, IReadOnlySet<string> trained, GraphRewrites chosen)
    {
        Dictionary<GraphRewrites, int> counts = [];
        GraphMatcher matcher = new(graph, fixedValues, trained);
        foreach ((GraphRewrites name, Func<GraphNode, GraphMatcher, GraphNode?> match) in Passes)
        {
            if (!chosen.HasFlag(name))
            {
                continue;
            }

            bool changed = false;
            for (int i = 0; i < graph.Nodes.Count; i++)
            {
                if (match(graph.Nodes[i], matcher) is { } replacement)
                {
                    graph.Nodes[i] = replacement;
                    matcher.Add(replacement);
                    changed = true;
                    counts[name] = counts.GetValueOrDefault(name) + 1;
                }
            }

            if (changed)
            {
                // Counts of readers are those of the nodes that are left.
                graph.Nodes = NodeOrder.Sort(graph.Nodes, [.. graph.Inputs, .. fixedValues.Keys], graph.Outputs);
                matcher = new(graph, fixedValues, trained);
            }
        }

        return counts;
    }
}
