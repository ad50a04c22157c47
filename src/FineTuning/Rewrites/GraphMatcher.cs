using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Import.Values;

namespace MLTransfer.FineTuning.Rewrites;

/// <summary>Looks backwards from a node: who wrote a value, and which numbers are constant.</summary>
internal sealed class GraphMatcher
{
    private readonly Dictionary<string, GraphNode> _writers = [];
    private readonly Dictionary<string, int> _readers = [];
    private readonly IReadOnlyDictionary<string, GraphValue> _fixed;
    private readonly IReadOnlySet<string> _trained;

    public GraphMatcher(ImportGraph graph, IReadOnlyDictionary<string, GraphValue> fixedValues, IReadOnlySet<string> trained)
    {
        _fixed = fixedValues;
        _trained = trained;
        foreach (GraphNode node in graph.Nodes)
        {
            Add(node);
            foreach (string input in node.Inputs)
            {
                _readers[input] = _readers.GetValueOrDefault(input) + 1;
            }
        }

        foreach (string output in graph.Outputs)
        {
            _readers[output] = _readers.GetValueOrDefault(output) + 1;
        }
    }

    /// <summary>Takes a new node in place of the one that wrote the same values.</summary>
    public void Add(GraphNode node)
    {
        foreach (string output in node.Outputs)
        {
            _writers[output] = node;
        }
    }

    /// <summary>The node of ONNX's own domain that writes a value, if it is one of the given operators.</summary>
    public GraphNode? Writer(string value, params ReadOnlySpan<string> operators) =>
        AnyWriter(value) is { Domain.Length: 0 } node && operators.Contains(node.Operator) ? node : null;

    /// <summary>The node that writes a value, also one that a rewrite put in place; null for inputs and stored values.</summary>
    public GraphNode? AnyWriter(string value) => _writers.GetValueOrDefault(value);

    /// <summary>Whether a value is read once only, so that nothing is computed twice when its node is merged into the reader.</summary>
    public bool IsReadOnce(string value) => _readers.GetValueOrDefault(value) == 1;

    /// <summary>A constant number; null for anything else.</summary>
    public double? Number(string value) =>
        _fixed.TryGetValue(value, out GraphValue? constant) && !_trained.Contains(value) && HostIntegers.Count(constant.Shape) == 1 ? constant.Numbers()[0] : null;

    public bool IsNumber(string value, double number) => Number(value) is { } found && Math.Abs(found - number) <= 1e-4 * Math.Max(Math.Abs(number), 1e-3);

    /// <summary>Dimensions of a weight or constant, also of one that is stored in another type; null for anything else.</summary>
    public long[]? FixedShape(string value) =>
        _fixed.TryGetValue(value, out GraphValue? constant) || (Writer(value, "Cast") is { } cast && _fixed.TryGetValue(cast.Input(0), out constant)) ? constant.Shape : null;

    /// <summary>Whether a node works along the last axis only.</summary>
    public bool IsAlongLastAxis(GraphNode reduction)
    {
        long[]? axes = reduction.Attributes.Ints("axes")
            ?? (reduction.Inputs.Count > 1 && _fixed.TryGetValue(reduction.Input(1), out GraphValue? given) ? given.Integers() : null);
        return axes is [-1] && reduction.Attributes.Flag("keepdims", true);
    }

    /// <summary>For a commutative node of two inputs, the one that satisfies a condition and the other.</summary>
    public static (string Found, string Other)? Either(GraphNode node, Func<string, bool> condition)
    {
        if (node.Inputs.Count != 2)
        {
            return null;
        }

        return condition(node.Input(0)) ? (node.Input(0), node.Input(1)) : condition(node.Input(1)) ? (node.Input(1), node.Input(0)) : null;
    }
}
