using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Import.Operators;
using MLTransfer.FineTuning.Import.Values;
using TorchSharp;

namespace MLTransfer.FineTuning.Import;

/// <summary>Runs, once, the nodes whose inputs are the same for each batch.</summary>
internal static class ConstantFolding
{
    /// <summary>The most elements that a folded value may have, so that a small file cannot fill the memory.</summary>
    private const long MostElements = 1 << 24;

    /// <summary>Moves what can be computed from the fixed values alone into the fixed values.</summary>
    /// <param name="graph">The graph; the nodes that were run are removed.</param>
    /// <param name="fixedValues">Fixed values by name; results are added.</param>
    /// <param name="trainable">Names of fixed values that change in training, so that nothing is computed from them in advance.</param>
    public static void Fold(ImportGraph graph, Dictionary<string, GraphValue> fixedValues, IReadOnlySet<string> trainable)
    {
        ExecutionState state = new();
        List<GraphNode> left = [];
        using IDisposable noGradient = torch.no_grad();
        foreach (GraphNode node in graph.Nodes)
        {
            if (!CanFold(node, fixedValues, trainable, out GraphValue?[] inputs))
            {
                left.Add(node);
                continue;
            }

            GraphValue?[] outputs = GraphProgram.Execute(node, GraphProgram.CreateBody(node, fixedValues), inputs, state);
            for (int i = 0; i < node.Outputs.Count; i++)
            {
                if (node.Outputs[i].Length > 0 && i < outputs.Length && outputs[i] is { } output)
                {
                    output.ExistingTensor?.DetachFromDisposeScope();
                    fixedValues[node.Outputs[i]] = output.WithHostCopy();
                }
            }
        }

        graph.Nodes = left;
    }

    private static bool CanFold(GraphNode node, Dictionary<string, GraphValue> fixedValues, IReadOnlySet<string> trainable, out GraphValue?[] inputs)
    {
        inputs = [];
        if (node.Branches.Count > 0 || OperatorRegistry.Find(node.Domain, node.Operator, node.Version) is not { } definition)
        {
            return false;
        }

        GraphValue?[] found = new GraphValue?[node.Inputs.Count];
        double elements = 1;
        double largest = 1;
        for (int i = 0; i < found.Length; i++)
        {
            string name = node.Inputs[i];
            if (name.Length == 0)
            {
                continue;
            }

            if (trainable.Contains(name) || !fixedValues.TryGetValue(name, out found[i]))
            {
                return false;
            }

            double count = Math.Max(1, Elements(found[i]!));
            elements *= count;
            largest = Math.Max(largest, count);
        }

        // What follows from values: a shape, repeats, an upper bound. No result is larger than the product of the largest ones.
        if (definition.SizeFollowsFromValues && SizeFromValues(found) > MostElements)
        {
            return false;
        }

        inputs = found;
        return definition.SizeFollowsFromValues || elements <= MostElements || found.Count(value => value is not null) == 1
            || (found.All(value => value is null || Elements(value) == 1 || Elements(value) == largest) && largest <= MostElements);
    }

    private static double SizeFromValues(GraphValue?[] inputs)
    {
        double size = 1;
        foreach (GraphValue? input in inputs)
        {
            if (input is null)
            {
                continue;
            }

            double count = Elements(input);
            if (count > HostIntegers.Limit)
            {
                size *= count;
                continue;
            }

            foreach (double number in input.Numbers())
            {
                size *= Math.Max(1, Math.Abs(number));
            }
        }

        return size;
    }

    private static double Elements(GraphValue value)
    {
        double count = 1;
        foreach (long dimension in value.Shape)
        {
            count *= dimension;
        }

        return count;
    }
}
