using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Import.Operators;
using MLTransfer.FineTuning.Import.Values;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Import;

/// <summary>Tells weights from numbers of the formula, by what reads an initializer and by what is in it.</summary>
/// <remarks>A file does not always say: a table that the exporter computed looks like one that was trained. The user can override the rule by name.</remarks>
internal static class TrainableRule
{
    /// <summary>Operators that hand a stored tensor on to the operator that uses it.</summary>
    private static readonly HashSet<string> PassThrough =
        ["Cast", "CastLike", "Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Expand", "Slice", "Split", "Tile", "DequantizeLinear"];

    /// <summary>Describes every float initializer that the graph reads.</summary>
    public static IReadOnlyList<StoredTensor> Describe(ImportGraph graph)
    {
        Dictionary<string, List<(GraphNode Node, int Input)>> readers = Readers(graph);
        List<StoredTensor> result = [];
        foreach ((string name, TensorProto tensor) in graph.Initializers)
        {
            if (!TensorReader.IsFloat(tensor.DataType) || !readers.TryGetValue(name, out List<(GraphNode Node, int Input)>? uses))
            {
                continue;
            }

            (StoredTensorRole role, string reason) = Judge(tensor, uses, readers);
            string usedBy = string.Join(", ", uses.Select(use => use.Node.Operator).Distinct());
            result.Add(new StoredTensor(name, [.. tensor.Dims], role, reason, usedBy));
        }

        return result;
    }

    private static Dictionary<string, List<(GraphNode Node, int Input)>> Readers(ImportGraph graph)
    {
        Dictionary<string, List<(GraphNode Node, int Input)>> readers = [];
        Visit(graph);
        return readers;

        void Visit(ImportGraph visited)
        {
            foreach (GraphNode node in visited.Nodes)
            {
                for (int i = 0; i < node.Inputs.Count; i++)
                {
                    if (node.Branches.Count == 0 || i == 0)
                    {
                        if (!readers.TryGetValue(node.Inputs[i], out List<(GraphNode Node, int Input)>? list))
                        {
                            readers[node.Inputs[i]] = list = [];
                        }

                        list.Add((node, i));
                    }
                }

                foreach (ImportGraph branch in node.Branches.Values)
                {
                    Visit(branch);
                }
            }
        }
    }

    private static (StoredTensorRole Role, string Reason) Judge(
        TensorProto tensor,
        List<(GraphNode Node, int Input)> uses,
        Dictionary<string, List<(GraphNode Node, int Input)>> readers)
    {
        HashSet<(string Operator, int Input)> roles = [];
        bool weight = false;
        Stack<(GraphNode Node, int Input)> left = new(uses);
        HashSet<GraphNode> seen = [];
        while (left.TryPop(out (GraphNode Node, int Input) use))
        {
            if (PassThrough.Contains(use.Node.Operator) && use.Input == 0)
            {
                if (seen.Add(use.Node))
                {
                    foreach (string output in use.Node.Outputs)
                    {
                        foreach ((GraphNode Node, int Input) next in readers.GetValueOrDefault(output) ?? [])
                        {
                            left.Push(next);
                        }
                    }
                }

                continue;
            }

            roles.Add((use.Node.Operator, use.Input));
            OperatorDefinition? definition = OperatorRegistry.Find(use.Node.Domain, use.Node.Operator, use.Node.Version);
            weight |= definition is null || (!definition.FormulaInputs.Contains(use.Input) && use.Node.Operator is not ("Shape" or "Size" or "ConstantOfShape" or "Equal" or "Less" or "Greater"));
        }

        if (roles.All(role => role is ("BatchNormalization", 3 or 4)) && roles.Count > 0)
        {
            return (StoredTensorRole.Statistics, "running statistics of a BatchNormalization");
        }

        if (!weight)
        {
            return (StoredTensorRole.Constant, $"{string.Join(", ", roles.Select(role => $"{role.Operator} input {role.Input}"))} takes a number of the formula");
        }

        return tensor.Dims.Count == 0
            ? (StoredTensorRole.Constant, "a single number")
            : (StoredTensorRole.Weight, string.Empty);
    }
}
