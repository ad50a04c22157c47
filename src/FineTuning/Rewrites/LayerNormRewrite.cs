using MLTransfer.FineTuning.Import.Graphs;

namespace MLTransfer.FineTuning.Rewrites;

/// <summary>Layer normalisation as exporters write it before operator set 17 (Ba et al., 2016).</summary>
internal static class LayerNormRewrite
{
    private const int Version = 17;

    public static GraphNode? Match(GraphNode node, GraphMatcher matcher) => node.Operator switch
    {
        "Div" => MatchQuotient(node, matcher),
        "Mul" => MatchScale(node, matcher),
        "Add" => MatchShift(node, matcher),
        _ => null,
    };

    // d / √(mean(d²) + epsilon) with d = x − mean(x)
    private static GraphNode? MatchQuotient(GraphNode node, GraphMatcher matcher)
    {
        if (node.Inputs.Count != 2
            || matcher.Writer(node.Input(0), "Sub") is not { } difference
            || matcher.Writer(difference.Input(1), "ReduceMean") is not { } mean
            || mean.Input(0) != difference.Input(0) || !matcher.IsAlongLastAxis(mean)
            || matcher.Writer(node.Input(1), "Sqrt") is not { } root
            || matcher.Writer(root.Input(0), "Add") is not { } sum
            || GraphMatcher.Either(sum, value => matcher.Number(value) is > 0 and < 0.1) is not ({ } epsilon, { } varianceName)
            || matcher.Writer(varianceName, "ReduceMean") is not { } variance || !matcher.IsAlongLastAxis(variance)
            || matcher.Writer(variance.Input(0), "Pow", "Mul") is not { } square)
        {
            return null;
        }

        string d = node.Input(0);
        bool squares = square.Operator == "Pow"
            ? SameDifference(square.Input(0)) && matcher.IsNumber(square.Input(1), 2)
            : SameDifference(square.Input(0)) && SameDifference(square.Input(1));
        return squares ? Node(node, [difference.Input(0)], (float)matcher.Number(epsilon)!.Value) : null;

        // Some exporters compute the difference twice.
        bool SameDifference(string value) =>
            value == d || (matcher.Writer(value, "Sub") is { } other && other.Input(0) == difference.Input(0)
                && matcher.Writer(other.Input(1), "ReduceMean") is { } otherMean && otherMean.Input(0) == mean.Input(0) && matcher.IsAlongLastAxis(otherMean));
    }

    private static GraphNode? MatchScale(GraphNode node, GraphMatcher matcher) =>
        GraphMatcher.Either(node, value => IsMergeable(value, matcher, 1)) is ({ } normalized, { } scale) && matcher.FixedShape(scale) is { Length: 1 }
            ? Node(node, [matcher.Writer(normalized, "LayerNormalization")!.Input(0), scale], Epsilon(normalized, matcher))
            : null;

    private static GraphNode? MatchShift(GraphNode node, GraphMatcher matcher) =>
        GraphMatcher.Either(node, value => IsMergeable(value, matcher, 2)) is ({ } normalized, { } shift) && matcher.FixedShape(shift) is { Length: 1 }
            ? Node(node, [.. matcher.Writer(normalized, "LayerNormalization")!.Inputs, shift], Epsilon(normalized, matcher))
            : null;

    private static bool IsMergeable(string value, GraphMatcher matcher, int inputs) =>
        matcher.IsReadOnce(value) && matcher.Writer(value, "LayerNormalization") is { } norm && norm.Inputs.Count == inputs && norm.Attributes.Int("axis", -1) == -1;

    private static float Epsilon(string value, GraphMatcher matcher) => matcher.Writer(value, "LayerNormalization")!.Attributes.Float("epsilon", 1e-5f);

    private static GraphNode Node(GraphNode last, string[] inputs, float epsilon)
    {
        NodeAttributes attributes = NodeAttributes.Of($"node '{last.Name}' (LayerNormalization)", ("epsilon", epsilon));
        return new GraphNode(string.Empty, "LayerNormalization", Version, last.Name, inputs, last.Outputs, attributes);
    }
}
