using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Import.Operators;
using MLTransfer.FineTuning.Import.Values;
using MLTransfer.Models.Errors;
using TorchSharp;

namespace MLTransfer.FineTuning.Import;

/// <summary>A graph ready to run: its nodes in order, each with the values that nobody reads after it.</summary>
internal sealed class GraphProgram
{
    private readonly Step[] _steps;
    private readonly GraphValue?[] _fixed;
    private readonly int[] _inputs;
    private readonly int[] _outputs;
    private readonly ImportGraph _graph;

    private GraphProgram(ImportGraph graph, Step[] steps, GraphValue?[] fixedValues, int[] inputs, int[] outputs)
    {
        _graph = graph;
        _steps = steps;
        _fixed = fixedValues;
        _inputs = inputs;
        _outputs = outputs;
    }

    /// <summary>Prepares a graph.</summary>
    /// <param name="graph">The graph; all nodes must have a form in the registry.</param>
    /// <param name="inputs">Names of the values that each run is given, in this order.</param>
    /// <param name="fixedValues">Values that are the same for each run: weights, statistics, constants.</param>
    /// <exception cref="UnsupportedOperatorException">A node has no rule.</exception>
    /// <exception cref="ImportException">A node is not valid.</exception>
    public static GraphProgram Compile(ImportGraph graph, IReadOnlyList<string> inputs, IReadOnlyDictionary<string, GraphValue> fixedValues)
    {
        Dictionary<string, int> slots = [];
        List<GraphValue?> values = [];
        int[] inputSlots = [.. inputs.Select(SlotOf)];
        foreach (GraphNode node in graph.Nodes)
        {
            foreach (string name in node.Inputs.Where(name => name.Length > 0 && !slots.ContainsKey(name)))
            {
                values.Add(fixedValues.TryGetValue(name, out GraphValue? value)
                    ? value
                    : throw new ImportException($"{node.Description} reads '{name}', which nothing before it provides. The file is damaged or its exporter is at fault."));
                slots[name] = values.Count - 1;
            }

            foreach (string name in node.Outputs.Where(name => name.Length > 0))
            {
                SlotOf(name);
            }
        }

        int[] outputSlots = [.. graph.Outputs.Select(name => slots.TryGetValue(name, out int slot) ? slot : FixedSlot(name))];

        // A value dies with its last reader; one that nobody reads, with its writer.
        HashSet<int> kept = [.. inputSlots, .. outputSlots, .. Enumerable.Range(0, values.Count).Where(slot => values[slot] is not null)];
        Step[] steps = new Step[graph.Nodes.Count];
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            GraphNode node = graph.Nodes[i];
            int[] reads = [.. node.Inputs.Select(name => name.Length == 0 ? -1 : slots[name])];
            int[] writes = [.. node.Outputs.Select(name => name.Length == 0 ? -1 : slots[name])];
            int[] dead = [.. reads.Concat(writes).Where(slot => slot >= 0 && kept.Add(slot))];
            steps[i] = new Step(node, CreateBody(node, fixedValues), reads, writes, dead);
        }

        return new GraphProgram(graph, steps, [.. values], inputSlots, outputSlots);

        int SlotOf(string name)
        {
            if (!slots.TryGetValue(name, out int slot))
            {
                slot = values.Count;
                slots[name] = slot;
                values.Add(null);
            }

            return slot;
        }

        int FixedSlot(string name)
        {
            values.Add(fixedValues.TryGetValue(name, out GraphValue? value) ? value : throw new ImportException($"No node writes the output '{name}'. The file is damaged or its exporter is at fault."));
            return values.Count - 1;
        }
    }

    /// <summary>Prepares one node: its attributes are read and its branches compiled.</summary>
    public static OperatorBody CreateBody(GraphNode node, IReadOnlyDictionary<string, GraphValue> fixedValues)
    {
        OperatorDefinition definition = OperatorRegistry.Find(node.Domain, node.Operator, node.Version)
            ?? throw new UnsupportedOperatorException(
                $"{node.Description} is not supported: {OperatorRegistry.ExplainMissing(node.Domain, node.Operator, node.Version)}. " +
                "Or keep the node in the frozen part of the model, which runs in ONNX Runtime.");
        try
        {
            return definition.Create(new NodeContext(node, BranchOf, name => fixedValues.GetValueOrDefault(name)));
        }
        catch (Exception exception) when (exception is not UserException || (exception is ImportException && !exception.Message.StartsWith(node.Description, StringComparison.Ordinal)))
        {
            throw new ImportException($"{node.Description}: {FirstLine(exception.Message)}", exception);
        }

        OperatorBody BranchOf(string name)
        {
            if (!node.Branches.TryGetValue(name, out ImportGraph? branch))
            {
                throw new ImportException($"{node.Description}: the branch '{name}' is missing. The file is damaged or its exporter is at fault.");
            }

            int[] captured = [.. branch.Captured.Select(value => node.Inputs.Select((input, i) => (input, i)).First(pair => pair.input == value).i)];
            GraphProgram program = Compile(branch, branch.Captured, new Dictionary<string, GraphValue>());
            return inputs => program.Run([.. captured.Select(inputs.Value)], inputs.State);
        }
    }

    /// <summary>Runs the graph. The outputs belong to the caller.</summary>
    /// <exception cref="ImportException">A node failed; the message names it.</exception>
    public GraphValue?[] Run(GraphValue?[] inputs, ExecutionState state)
    {
        GraphValue?[] values = [.. _fixed];
        for (int i = 0; i < _inputs.Length; i++)
        {
            values[_inputs[i]] = inputs[i];
        }

        try
        {
            foreach (Step step in _steps)
            {
                RunStep(step, values, state);
            }
        }
        catch
        {
            HashSet<GraphValue?> foreign = [.. _fixed, .. inputs];
            foreach (GraphValue? value in values.Where(value => !foreign.Contains(value)))
            {
                value?.Dispose();
            }

            throw;
        }

        GraphValue?[] outputs = new GraphValue?[_outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            GraphValue value = values[_outputs[i]] ?? throw new ImportException($"The output '{_graph.Outputs[i]}' was not computed.");
            bool shared = _fixed.Contains(value) || inputs.Contains(value) || Array.IndexOf(outputs, value, 0, i) >= 0;
            outputs[i] = shared && value.Host is null ? value.ExistingTensor!.alias() : value;
        }

        return outputs;
    }

    private static void RunStep(Step step, GraphValue?[] values, ExecutionState state)
    {
        GraphValue?[] inputs = new GraphValue?[step.Reads.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            int slot = step.Reads[i];
            inputs[i] = slot < 0 ? null : values[slot] ?? throw new ImportException($"{step.Node.Description} reads '{step.Node.Inputs[i]}', which was not computed.");
        }

        GraphValue?[] outputs = Execute(step.Node, step.Body, inputs, state);
        for (int i = 0; i < step.Writes.Length; i++)
        {
            if (step.Writes[i] >= 0)
            {
                values[step.Writes[i]] = i < outputs.Length ? outputs[i] : null;
            }
        }

        // Outputs that the node does not ask for.
        for (int i = 0; i < outputs.Length; i++)
        {
            if (i >= step.Writes.Length || step.Writes[i] < 0)
            {
                outputs[i]?.Dispose();
            }
        }

        foreach (int slot in step.Dead)
        {
            values[slot]?.Dispose();
            values[slot] = null;
        }
    }

    /// <summary>Runs one node; what it makes on the way is freed, and an error gets the node's name and the shapes that it saw.</summary>
    public static GraphValue?[] Execute(GraphNode node, OperatorBody body, GraphValue?[] inputs, ExecutionState state)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        GraphValue?[] outputs;
        try
        {
            outputs = body(new OperatorInputs(inputs, state));
            for (int i = 0; i < outputs.Length; i++)
            {
                outputs[i] = Owned(outputs[i], inputs);
            }
        }
        catch (Exception exception) when (exception is not UserException || (exception is ImportException && !exception.Message.Contains("node '", StringComparison.Ordinal)))
        {
            throw new ImportException($"{node.Description} failed on inputs of the shapes {Describe(inputs)}: {FirstLine(exception.Message)}", exception);
        }

        return outputs;
    }

    /// <summary>An output that outlives the node: never the very tensor of an input, which is freed at another time.</summary>
    private static GraphValue? Owned(GraphValue? output, GraphValue?[] inputs)
    {
        if (output?.ExistingTensor is not { } tensor)
        {
            return output;
        }

        if (output.Host is not null)
        {
            return new GraphValue(output.Host);
        }

        foreach (GraphValue? input in inputs)
        {
            if (ReferenceEquals(input?.ExistingTensor, tensor))
            {
                return tensor.alias().MoveToOuterDisposeScope();
            }
        }

        tensor.MoveToOuterDisposeScope();
        return output;
    }

    private static string Describe(GraphValue?[] inputs) =>
        string.Join(", ", inputs.Select(input => input is null ? "none" : $"{input.Type}[{string.Join(", ", input.Shape)}]"));

    private static string FirstLine(string message)
    {
        int end = message.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? message : message[..end];
    }

    private sealed record Step(GraphNode Node, OperatorBody Body, int[] Reads, int[] Writes, int[] Dead);
}
