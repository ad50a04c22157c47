using MLTransfer.FineTuning.Import.Graphs;

namespace MLTransfer.FineTuning.Rewrites;

/// <summary>SiLU, x · sigmoid(x), and its piecewise linear form (Howard et al., 2019).</summary>
internal static class SwishRewrite
{
    public static GraphNode? MatchSilu(GraphNode node, GraphMatcher matcher)
    {
        if (node.Operator != "Mul" || GraphMatcher.Either(node, value => matcher.Writer(value, "Sigmoid") is not null) is not ({ } gate, { } x))
        {
            return null;
        }

        return matcher.Writer(gate, "Sigmoid")!.Input(0) == x ? new GraphNode(string.Empty, "Swish", 24, node.Name, [x], node.Outputs, NodeAttributes.None) : null;
    }

    public static GraphNode? MatchHardSwish(GraphNode node, GraphMatcher matcher)
    {
        string? x = node.Operator switch
        {
            "Mul" => FromHardSigmoid(node, matcher) ?? FromProduct(node, matcher),
            "Div" when matcher.IsNumber(node.Input(1), 6) && matcher.Writer(node.Input(0), "Mul") is { } product => FromClip(product, matcher),
            _ => null,
        };
        return x is null ? null : new GraphNode(string.Empty, "HardSwish", 14, node.Name, [x], node.Outputs, NodeAttributes.None);
    }

    // x · hard-sigmoid(x) with the slope 1/6
    private static string? FromHardSigmoid(GraphNode node, GraphMatcher matcher) =>
        GraphMatcher.Either(node, value => matcher.Writer(value, "HardSigmoid") is not null) is ({ } gate, { } x)
        && matcher.Writer(gate, "HardSigmoid") is { } sigmoid && sigmoid.Input(0) == x
        && Math.Abs(sigmoid.Attributes.Float("alpha", 0.2f) - (1.0 / 6)) < 1e-6 && sigmoid.Attributes.Float("beta", 0.5f) == 0.5f
            ? x
            : null;

    // x · (clip(x + 3, 0, 6) / 6)
    private static string? FromProduct(GraphNode node, GraphMatcher matcher) =>
        GraphMatcher.Either(node, value => matcher.Writer(value, "Div") is { } gate && matcher.IsNumber(gate.Input(1), 6)) is ({ } quotient, { } x)
        && IsShiftedClip(matcher.Writer(quotient, "Div")!.Input(0), x, matcher)
            ? x
            : null;

    // x · clip(x + 3, 0, 6)
    private static string? FromClip(GraphNode product, GraphMatcher matcher) =>
        GraphMatcher.Either(product, value => matcher.Writer(value, "Clip") is not null) is ({ } clip, { } x) && IsShiftedClip(clip, x, matcher) ? x : null;

    private static bool IsShiftedClip(string value, string x, GraphMatcher matcher)
    {
        if (matcher.Writer(value, "Clip") is not { } clip || matcher.Writer(clip.Input(0), "Add") is not { } sum
            || GraphMatcher.Either(sum, term => matcher.IsNumber(term, 3)) is not (_, { } shifted) || shifted != x)
        {
            return false;
        }

        return clip.Inputs.Count == 3
            ? matcher.IsNumber(clip.Input(1), 0) && matcher.IsNumber(clip.Input(2), 6)
            : clip.Attributes.Float("min", float.MinValue) == 0 && clip.Attributes.Float("max", float.MaxValue) == 6;
    }
}
