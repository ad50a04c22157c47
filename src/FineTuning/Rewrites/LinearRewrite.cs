using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Import.Operators;

namespace MLTransfer.FineTuning.Rewrites;

/// <summary>A bias that is added behind the product or the convolution that it belongs to.</summary>
internal static class LinearRewrite
{
    public static GraphNode? MatchLinear(GraphNode node, GraphMatcher matcher)
    {
        if (node.Operator != "Add"
            || GraphMatcher.Either(node, value => matcher.IsReadOnce(value) && matcher.Writer(value, "MatMul") is not null) is not ({ } product, { } bias)
            || matcher.FixedShape(bias) is not { Length: 1 } shape
            || matcher.Writer(product, "MatMul") is not { } matmul
            || matcher.FixedShape(matmul.Input(1)) is not { Length: 2 } weight || weight[1] != shape[0])
        {
            return null;
        }

        return new GraphNode(RewrittenOperators.Domain, "Linear", 1, node.Name, [matmul.Input(0), matmul.Input(1), bias], node.Outputs, NodeAttributes.None);
    }

    public static GraphNode? MatchConvBias(GraphNode node, GraphMatcher matcher)
    {
        if (node.Operator != "Add"
            || GraphMatcher.Either(node, value => matcher.IsReadOnce(value) && matcher.Writer(value, "Conv") is { Inputs.Count: 2 }) is not ({ } output, { } bias)
            || matcher.Writer(output, "Conv") is not { } conv
            || matcher.FixedShape(conv.Input(1)) is not { } weight
            || matcher.FixedShape(bias) is not { } shape
            || !IsPerChannel(shape, weight))
        {
            return null;
        }

        return conv with { Name = node.Name, Domain = RewrittenOperators.Domain, Operator = "ConvWithBias", Version = 1, Inputs = [.. conv.Inputs, bias], Outputs = node.Outputs };
    }

    /// <summary>[filters, 1, …] or [1, filters, 1, …]</summary>
    private static bool IsPerChannel(long[] shape, long[] weight)
    {
        int axes = weight.Length - 2;
        return (shape.Length == axes + 1 && shape[0] == weight[0] && shape[1..].All(size => size == 1))
            || (shape.Length == axes + 2 && shape[0] == 1 && shape[1] == weight[0] && shape[2..].All(size => size == 1));
    }
}
