using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>How often a model uses an operator.</summary>
/// <param name="Domain">The operator set's domain; the empty string for the standard operators.</param>
/// <param name="Type">The operator, such as <c>Conv</c>.</param>
/// <param name="Count">Number of nodes.</param>
public sealed record OnnxOperatorCount(string Domain, string Type, int Count)
{
    internal static IReadOnlyList<OnnxOperatorCount> Of(ModelProto model)
    {
        IEnumerable<NodeProto> nodes = GraphWalk.Nodes(model.Graph).Concat(model.Functions.SelectMany(static function => GraphWalk.Nodes(function.Node)));
        return [.. nodes
            .GroupBy(static node => (Domain: Opset.Normalise(node.Domain), node.OpType))
            .Select(static group => new OnnxOperatorCount(group.Key.Domain, group.Key.OpType, group.Count()))
            .OrderByDescending(static entry => entry.Count)
            .ThenBy(static entry => entry.Type, StringComparer.Ordinal)];
    }
}
