using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Freezing.Blocks;

/// <summary>How many computed tensors cross from the nodes before a place in the graph to those behind it.</summary>
internal static class BlockBoundaries
{
    /// <summary>The number of crossing tensors before each node, and behind the last one.</summary>
    /// <param name="graph">The graph, its nodes in the order of computation.</param>
    /// <param name="uses">Where weights are used. What follows from no weight, as masks do, does not count.</param>
    public static int[] Crossings(GraphProto graph, WeightUses uses)
    {
        HashSet<string> computed = [];
        Dictionary<string, (int Made, int LastRead)> tensors = [];
        for (int i = 0; i < graph.Node.Count; i++)
        {
            NodeProto node = graph.Node[i];
            bool follows = uses.OfNode[i].Count > 0;
            foreach (string name in GraphWalk.Reads(node))
            {
                follows |= computed.Contains(name);
                if (tensors.TryGetValue(name, out (int Made, int LastRead) tensor))
                {
                    tensors[name] = (tensor.Made, i);
                }
            }

            if (follows)
            {
                foreach (string name in node.Output)
                {
                    computed.Add(name);
                    tensors[name] = (i, i);
                }
            }
        }

        foreach (ValueInfoProto output in graph.Output)
        {
            if (tensors.TryGetValue(output.Name, out (int Made, int LastRead) tensor))
            {
                tensors[output.Name] = (tensor.Made, graph.Node.Count);
            }
        }

        int[] crossings = new int[graph.Node.Count + 1];
        foreach ((int made, int lastRead) in tensors.Values)
        {
            for (int place = made + 1; place <= lastRead; place++)
            {
                crossings[place]++;
            }
        }

        return crossings;
    }
}
