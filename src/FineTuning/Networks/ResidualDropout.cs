using MLTransfer.FineTuning.Import.Operators;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Networks;

/// <summary>
/// Dropout on what residual branches add, in the graph that is trained. Transformers are pretrained with it, and exporters leave it out, because it does nothing in inference.
/// </summary>
internal static class ResidualDropout
{
    /// <summary>The graph with dropout; the same one where the rate is 0.</summary>
    /// <param name="model">The trained part of a backbone; it is not changed.</param>
    /// <param name="rate">The part that is dropped, from 0 to below 1.</param>
    public static OnnxModel Insert(OnnxModel model, double rate)
    {
        if (rate == 0)
        {
            return model;
        }

        ModelProto proto = Shallow.Copy(model.Proto);
        GraphProto graph = proto.Graph;
        ResidualBranches branches = new(graph);
        List<NodeProto> nodes = new(graph.Node.Count);
        foreach (NodeProto node in graph.Node)
        {
            if (branches.InputOf(node) is not { } branch)
            {
                nodes.Add(node);
                continue;
            }

            string dropped = $"{node.Output[0]}/dropout";
            nodes.Add(new NodeProto
            {
                Domain = RewrittenOperators.Domain,
                OpType = TrainingDropout.Name,
                Name = dropped,
                Input = { node.Input[branch] },
                Output = { dropped },
                Attribute = { GraphBuilder.Attribute("rate", (float)rate) },
            });
            NodeProto sum = node.Clone();
            sum.Input[branch] = dropped;
            nodes.Add(sum);
        }

        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        return new OnnxModel(proto, model.Directory);
    }
}
