namespace MLTransfer.FineTuning.Import.Graphs;

/// <summary>One node of the graph that is about to become a module.</summary>
/// <param name="Domain">Domain of the operator; empty for ONNX's own.</param>
/// <param name="Operator">Type of the operator.</param>
/// <param name="Version">Version of the domain's operator set that the node is written in.</param>
/// <param name="Name">Name of the node, or a made-up one that says where it is.</param>
/// <param name="Inputs">Names of the values read; empty where an optional input is left out.</param>
/// <param name="Outputs">Names of the values written; empty where an optional output is left out.</param>
/// <param name="Attributes">The attributes, with those of an enclosing function filled in.</param>
internal sealed record GraphNode(
    string Domain,
    string Operator,
    int Version,
    string Name,
    IReadOnlyList<string> Inputs,
    IReadOnlyList<string> Outputs,
    NodeAttributes Attributes)
{
    /// <summary>How an error names the node.</summary>
    public string Description => $"node '{Name}' ({(Domain.Length == 0 ? string.Empty : Domain + ".")}{Operator})";

    /// <summary>The name of an input; empty where the node does not have it, as a damaged file may.</summary>
    public string Input(int index) => index < Inputs.Count ? Inputs[index] : string.Empty;

    /// <summary>Branches of a control-flow node by attribute name.</summary>
    public IReadOnlyDictionary<string, ImportGraph> Branches { get; init; } = NoBranches;

    private static IReadOnlyDictionary<string, ImportGraph> NoBranches { get; } = new Dictionary<string, ImportGraph>();
}
