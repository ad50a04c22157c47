using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Import.Values;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>What an operator learns about its node before the first batch.</summary>
/// <param name="node">The node.</param>
/// <param name="branches">Runs a branch of a control-flow node, by attribute name.</param>
/// <param name="constants">Values that are the same for each batch, by name.</param>
internal sealed class NodeContext(GraphNode node, Func<string, OperatorBody>? branches = null, Func<string, GraphValue?>? constants = null)
{
    public NodeAttributes Attributes => node.Attributes;

    /// <summary>Version of the operator set that the node is written in.</summary>
    public int Version => node.Version;

    public int InputCount => node.Inputs.Count;

    public int OutputCount => node.Outputs.Count;

    public bool HasInput(int index) => index < node.Inputs.Count && node.Inputs[index].Length > 0;

    public bool HasOutput(int index) => index < node.Outputs.Count && node.Outputs[index].Length > 0;

    /// <summary>An input whose value is the same for each batch; null for any other.</summary>
    public GraphValue? Constant(int index) => HasInput(index) ? constants?.Invoke(node.Inputs[index]) : null;

    /// <summary>What a branch computes from the values that it captures, which are the last inputs of the node.</summary>
    public OperatorBody Branch(string name) => branches?.Invoke(name) ?? throw Unsupported($"the branch '{name}' is missing");

    /// <summary>The error for a form of the operator that has no rule.</summary>
    public UnsupportedOperatorException Unsupported(string reason) =>
        new($"{node.Description} is not supported: {reason}. Export the model without it, or keep the node in the frozen part of the model, which runs in ONNX Runtime.");

    /// <summary>The error for a node that breaks the specification.</summary>
    public ImportException Invalid(string reason) => new($"{node.Description} is not valid: {reason}. The file is damaged or its exporter is at fault.");
}
