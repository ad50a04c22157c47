using Google.Protobuf;
using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.Models.Onnx.Protos;
using AttributeType = MLTransfer.Models.Onnx.Protos.AttributeProto.Types.AttributeType;

namespace MLTransfer.FineTuning.Rewrites;

/// <summary>GELU as exporters write it: 0.5 · x · (1 + erf(x / √2)), or with tanh(√(2/π) · (x + 0.044715 · x³)) (Hendrycks and Gimpel, 2016).</summary>
internal static class GeluRewrite
{
    private static readonly double RootOfTwo = Math.Sqrt(2);
    private static readonly double RootOfTwoOverPi = Math.Sqrt(2 / Math.PI);

    public static GraphNode? Match(GraphNode node, GraphMatcher matcher)
    {
        if (node.Operator != "Mul")
        {
            return null;
        }

        // Some factor of the product is 1 + erf(…) or 1 + tanh(…); x follows from it.
        foreach (string factor in Factors(node, matcher))
        {
            if (matcher.Writer(factor, "Add") is not { } sum || GraphMatcher.Either(sum, value => matcher.IsNumber(value, 1)) is not (_, { } inner))
            {
                continue;
            }

            (string? x, bool tanh) = matcher.Writer(inner, "Erf") is { } erf ? (ArgumentOfErf(erf, matcher), false)
                : matcher.Writer(inner, "Tanh") is { } hyperbolic ? (ArgumentOfTanh(hyperbolic, matcher), true) : (null, false);
            if (x is not null && IsProduct(node, matcher, x, factor, 0.5))
            {
                return Node(node, x, tanh);
            }
        }

        return null;
    }

    private static string? ArgumentOfErf(GraphNode erf, GraphMatcher matcher) => matcher.Writer(erf.Input(0), "Div", "Mul") switch
    {
        { Operator: "Div" } quotient when matcher.IsNumber(quotient.Input(1), RootOfTwo) => quotient.Input(0),
        { Operator: "Mul" } product when GraphMatcher.Either(product, value => matcher.IsNumber(value, 1 / RootOfTwo)) is (_, { } x) => x,
        _ => null,
    };

    // √(2/π) · (x + 0.044715 · x³)
    private static string? ArgumentOfTanh(GraphNode tanh, GraphMatcher matcher)
    {
        if (matcher.Writer(tanh.Input(0), "Mul") is not { } product
            || GraphMatcher.Either(product, value => matcher.IsNumber(value, RootOfTwoOverPi)) is not (_, { } polynomial)
            || matcher.Writer(polynomial, "Add") is not { } sum)
        {
            return null;
        }

        return IsCubic(sum.Input(0), sum.Input(1)) ? sum.Input(0) : IsCubic(sum.Input(1), sum.Input(0)) ? sum.Input(1) : null;

        bool IsCubic(string x, string term) =>
            matcher.Writer(term, "Mul") is { } cubic
            && GraphMatcher.Either(cubic, value => matcher.IsNumber(value, 0.044715)) is (_, { } cube)
            && IsCube(x, cube);

        bool IsCube(string x, string cube) => matcher.Writer(cube, "Pow", "Mul") switch
        {
            { Operator: "Pow" } power => power.Input(0) == x && matcher.IsNumber(power.Input(1), 3),
            { Operator: "Mul" } product => Factors(product, matcher, x).Count(factor => factor == x) == 3 && Factors(product, matcher, x).Count == 3,
            _ => false,
        };
    }

    /// <summary>Whether a product is x, another factor, and a number, in any order.</summary>
    private static bool IsProduct(GraphNode node, GraphMatcher matcher, string x, string factor, double number)
    {
        List<string> factors = Factors(node, matcher, x, factor);
        if (!factors.Remove(x) || !factors.Remove(factor))
        {
            return false;
        }

        double product = 1;
        foreach (string left in factors)
        {
            if (matcher.Number(left) is not { } value)
            {
                return false;
            }

            product *= value;
        }

        return Math.Abs(product - number) < 1e-6;
    }

    /// <summary>The factors of nested products, not looked into beyond the given values.</summary>
    private static List<string> Factors(GraphNode product, GraphMatcher matcher, params string[] whole)
    {
        List<string> factors = [];
        Collect(product, 0);
        return factors;

        void Collect(GraphNode node, int depth)
        {
            foreach (string input in node.Inputs)
            {
                if (depth < 3 && Array.IndexOf(whole, input) < 0 && matcher.Writer(input, "Mul") is { } inner)
                {
                    Collect(inner, depth + 1);
                }
                else
                {
                    factors.Add(input);
                }
            }
        }
    }

    private static GraphNode Node(GraphNode last, string x, bool tanh)
    {
        NodeAttributes attributes = new($"node '{last.Name}' (Gelu)", new Dictionary<string, AttributeProto>
        {
            ["approximate"] = new() { Name = "approximate", S = ByteString.CopyFromUtf8(tanh ? "tanh" : "none"), Type = AttributeType.String },
        });
        return new GraphNode(string.Empty, "Gelu", 20, last.Name, [x], last.Outputs, attributes);
    }
}
