using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Import.Graphs;

/// <summary>A graph between the file and the module: functions inlined, nodes in an order in which they can run.</summary>
internal sealed class ImportGraph
{
    /// <summary>Names of the inputs that are not initializers.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Names of the outputs.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>The nodes, each after those that it reads from.</summary>
    public required List<GraphNode> Nodes { get; set; }

    /// <summary>The stored tensors by name; those of branches are listed with the graph around them.</summary>
    public required Dictionary<string, TensorProto> Initializers { get; init; }

    /// <summary>Names that branches read from the graph around them.</summary>
    public IReadOnlyList<string> Captured { get; init; } = [];
}
