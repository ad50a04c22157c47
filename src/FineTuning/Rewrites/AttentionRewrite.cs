using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Import.Operators;

namespace MLTransfer.FineTuning.Rewrites;

/// <summary>Attention written out: softmax(scale · Q·Kᵀ + mask)·V, with the mask added or chosen by Where.</summary>
internal static class AttentionRewrite
{
    public static GraphNode? Match(GraphNode node, GraphMatcher matcher)
    {
        if (node.Operator != "MatMul" || node.Domain.Length != 0)
        {
            return null;
        }

        string probabilities = node.Input(0);
        bool zeroNaN = false;
        GraphNode? cast = matcher.Writer(probabilities, "Cast");

        // Exporters name the type of the values here; scores of another type are converted.
        probabilities = cast?.Input(0) ?? probabilities;

        // Exporters guard rows without any key: Where(IsNaN(p), 0, p).
        if (matcher.Writer(probabilities, "Where") is { } guard && matcher.IsNumber(guard.Input(1), 0)
            && matcher.Writer(guard.Input(0), "IsNaN") is { } isNaN && isNaN.Input(0) == guard.Input(2))
        {
            probabilities = guard.Input(2);
            zeroNaN = true;
        }

        if (matcher.Writer(probabilities, "Softmax") is not { } softmax || !IsLastAxis(softmax))
        {
            return null;
        }

        List<(string Kind, string Value, string Fill)> masks = [];
        string scores = softmax.Input(0);
        double scale = 1;
        for (int depth = 0; depth < 6; depth++)
        {
            switch (matcher.Writer(scores, "Add", "Where", "Mul", "Div", "MatMul"))
            {
                case { Operator: "MatMul" } product:
                    return Node(node, [product.Input(0), product.Input(1), node.Input(1)], masks, scale, zeroNaN, cast);
                case { Operator: "Add" } sum when matcher.IsReadOnce(scores) && GraphMatcher.Either(sum, value => LeadsToProduct(value, matcher)) is ({ } inner, { } mask) && scale == 1:
                    masks.Add(("Add", mask, string.Empty));
                    scores = inner;
                    break;
                case { Operator: "Where" } choice when matcher.IsReadOnce(scores) && scale == 1 && LeadsToProduct(choice.Input(1), matcher) && matcher.Number(choice.Input(2)) < -100:
                    masks.Add(("Keep", choice.Input(0), choice.Input(2)));
                    scores = choice.Input(1);
                    break;
                case { Operator: "Where" } choice when matcher.IsReadOnce(scores) && scale == 1 && LeadsToProduct(choice.Input(2), matcher) && matcher.Number(choice.Input(1)) < -100:
                    masks.Add(("Fill", choice.Input(0), choice.Input(1)));
                    scores = choice.Input(2);
                    break;
                case { Operator: "Mul" } product when matcher.IsReadOnce(scores) && GraphMatcher.Either(product, value => matcher.Number(value) is not null) is ({ } number, { } inner):
                    scale *= matcher.Number(number)!.Value;
                    scores = inner;
                    break;
                case { Operator: "Div" } quotient when matcher.IsReadOnce(scores) && matcher.Number(quotient.Input(1)) is { } divisor:
                    scale /= divisor;
                    scores = quotient.Input(0);
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    private static bool IsLastAxis(GraphNode softmax) => softmax.Attributes.Int("axis", softmax.Version >= 13 ? -1 : 1) switch
    {
        -1 => true,
        // Scores have four axes where heads are split; the rule checks the rank again when it runs.
        3 => true,
        _ => false,
    };

    /// <summary>Whether a value is a product of matrices, but for masks and scales.</summary>
    private static bool LeadsToProduct(string value, GraphMatcher matcher, int depth = 0) =>
        depth < 6 && matcher.Writer(value, "Add", "Where", "Mul", "Div", "MatMul") switch
        {
            { Operator: "MatMul" } => true,
            { Operator: "Div" } quotient => matcher.Number(quotient.Input(1)) is not null && LeadsToProduct(quotient.Input(0), matcher, depth + 1),
            { Operator: "Mul" } product => GraphMatcher.Either(product, factor => matcher.Number(factor) is not null) is (_, { } other) && LeadsToProduct(other, matcher, depth + 1),
            { Operator: "Add" } sum => LeadsToProduct(sum.Input(0), matcher, depth + 1) || LeadsToProduct(sum.Input(1), matcher, depth + 1),
            { Operator: "Where" } choice => LeadsToProduct(choice.Input(1), matcher, depth + 1) || LeadsToProduct(choice.Input(2), matcher, depth + 1),
            _ => false,
        };

    private static GraphNode Node(GraphNode last, string[] inputs, List<(string Kind, string Value, string Fill)> masks, double scale, bool zeroNaN, GraphNode? cast)
    {
        List<string> kinds = [], all = [.. inputs];

        // From the scores outwards, as the graph applies them.
        foreach ((string kind, string value, string fill) in Enumerable.Reverse(masks))
        {
            kinds.Add(kind);
            all.Add(value);
            all.Add(fill);
        }

        List<(string Name, object Value)> attributes = [("scale", (float)scale), ("zero_nan", zeroNaN), ("masks", kinds)];
        if (cast is not null)
        {
            attributes.Add(("cast", cast.Attributes.Int("to", 0)));
        }

        return new GraphNode(RewrittenOperators.Domain, "Attention", 1, last.Name, all, last.Outputs, NodeAttributes.Of($"node '{last.Name}' (Attention)", attributes));
    }
}
