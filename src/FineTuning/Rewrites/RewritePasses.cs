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
        (GraphRewrites.InPlaceActivation, InPlaceActivationRewrite.Match),
    ];

    /// <summary>Rewrites a graph in place. A match replaces the last node of its pattern; what nobody reads any more is dropped.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="fixedValues">Weights and constants by name.</param>
    /// <param name="trained">Names of the fixed values that training changes.</param>
    /// <param name="chosen">The rewrites that are switched on.</param>
    /// <returns>How many nodes each rewrite put in place; those that it merged into larger ones do not count.</returns>
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

            HashSet<GraphNode> made = new(ReferenceEqualityComparer.Instance);
            for (int i = 0; i < graph.Nodes.Count; i++)
            {
                if (match(graph.Nodes[i], matcher) is { } replacement)
                {
                    graph.Nodes[i] = replacement;
                    matcher.Add(replacement);
                    made.Add(replacement);
                }
            }

            if (made.Count > 0)
            {
                // Counts of readers are those of the nodes that are left.
                graph.Nodes = NodeOrder.Sort(graph.Nodes, [.. graph.Inputs, .. fixedValues.Keys], graph.Outputs);
                matcher = new(graph, fixedValues, trained);
                counts[name] = graph.Nodes.Count(made.Contains);
            }
        }

        return counts;
    }
}
