using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Import.Operators;

namespace MLTransfer.FineTuning.Rewrites;

/// <summary>An activation whose gradient follows from its output, behind a node whose gradient does not need its own.</summary>
internal static class InPlaceActivationRewrite
{
    private static readonly HashSet<string> Producers = ["Add", "BatchNormalization", "Conv", "ConvTranspose", "ConvWithBias", "Gemm", "Linear"];

    public static GraphNode? Match(GraphNode node, GraphMatcher matcher)
    {
        if (node.Domain.Length > 0
            || node.Operator is not ("Relu" or "Clip")
            || !matcher.IsReadOnce(node.Input(0))
            || matcher.AnyWriter(node.Input(0)) is not { Domain: "" or RewrittenOperators.Domain } producer
            || !Producers.Contains(producer.Operator))
        {
            return null;
        }

        if (node.Operator == "Relu")
        {
            return new GraphNode(RewrittenOperators.Domain, InPlaceActivations.Relu, 1, node.Name, [node.Input(0)], node.Outputs, NodeAttributes.None);
        }

        return Bound(node, matcher, "min", 1) is { } low && Bound(node, matcher, "max", 2) is { } high && low < high
            ? new GraphNode(RewrittenOperators.Domain, InPlaceActivations.Clip, 1, node.Name, [node.Input(0)], node.Outputs, NodeAttributes.Of(node.Description, ("min", (float)low), ("max", (float)high)))
            : null;
    }

    // Attributes up to operator set 10, inputs since.
    private static double? Bound(GraphNode clip, GraphMatcher matcher, string name, int input) =>
        clip.Attributes.Has(name) ? clip.Attributes.Float(name, 0) : matcher.Number(clip.Input(input));
}
