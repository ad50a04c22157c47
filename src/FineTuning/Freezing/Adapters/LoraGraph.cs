using MLTransfer.FineTuning.Import.Operators;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Freezing.Adapters;

/// <summary>Puts adapters into the graph that is trained. No file ever holds them: what is written is the sum of weight and product.</summary>
internal static class LoraGraph
{
    /// <summary>The graph with adapters.</summary>
    /// <param name="model">The trained part of a backbone; it is not changed.</param>
    /// <param name="weights">The first values of the adapters.</param>
    /// <param name="dropout">Part of an adapter's input that it does not see in a step.</param>
    /// <remarks>
    /// Beside the node where that can be done: its gradient then needs no product of the size of the weight. Else the sum takes the weight's place.
    /// </remarks>
    public static OnnxModel Insert(OnnxModel model, LoraWeights weights, double dropout)
    {
        ModelProto proto = Shallow.Copy(model.Proto);
        GraphProto graph = proto.Graph;
        WeightReaders readers = WeightReaders.Of(graph);
        HashSet<string> given = [.. graph.Output.Select(static output => output.Name)];
        ILookup<string, int> readersOf = graph.Node.SelectMany(static (node, i) => GraphWalk.Reads(node).Select(name => (name, i))).ToLookup(static pair => pair.name, static pair => pair.i);

        // Nodes that go in front of or behind a node, by its number.
        Dictionary<int, List<NodeProto>> before = [], behind = [];
        foreach (LoraPair pair in weights.Pairs)
        {
            graph.Initializer.Add(TensorData.Floats(pair.Target.A, pair.Target.ShapeOfA(weights.Rank), pair.A));
            graph.Initializer.Add(TensorData.Floats(pair.Target.B, pair.Target.ShapeOfB(weights.Rank), pair.B));
            if (pair.Target.SideNodes.Count == 0)
            {
                Replace(graph, pair.Target, weights.Scale, before);
                continue;
            }

            foreach (WeightReader use in readers.Of(pair.Target.Weight))
            {
                Beside(use.Node, pair.Target);
            }
        }

        NodeProto[] nodes = [.. Enumerable.Range(0, graph.Node.Count).SelectMany(i => (before.GetValueOrDefault(i) ?? []).Append(graph.Node[i]).Concat(behind.GetValueOrDefault(i) ?? []))];
        graph.Node.Clear();
        graph.Node.AddRange(nodes);
        return new OnnxModel(proto, model.Directory);

        void Beside(int number, LoraTarget target)
        {
            NodeProto node = graph.Node[number];
            double scale = weights.Scale * (node.Attribute.FirstOrDefault(static attribute => attribute.Name == "alpha")?.F ?? 1);
            NodeProto adapter = new()
            {
                Domain = RewrittenOperators.Domain,
                OpType = target.Form == LoraForm.Filters ? LowRankAdapters.Convolution : LowRankAdapters.Product,
                Name = $"{target.Weight}/lora/{number}",
                Input = { node.Input[0], target.A, target.B },
                Output = { $"{target.Weight}/lora/{number}" },
            };
            adapter.Attribute.Add(GraphBuilder.Attribute("scale", (float)scale));
            adapter.Attribute.Add(GraphBuilder.Attribute("dropout", (float)dropout));
            if (target.Form == LoraForm.Filters)
            {
                adapter.Attribute.AddRange(node.Attribute.Where(static attribute => attribute.Name is "strides" or "pads" or "dilations" or "auto_pad"));
            }

            // Behind the bias, so that product and bias stay side by side and become one node.
            int end = number;
            if (!given.Contains(node.Output[0]) && readersOf[node.Output[0]].ToArray() is [{ } reader] && graph.Node[reader].OpType == "Add" && graph.Node[reader].Input.Any(IsBias))
            {
                end = reader;
            }

            NodeProto last = graph.Node[end].Clone();
            string output = last.Output[0];
            last.Output[0] = output + "/lora/base";
            graph.Node[end] = last;
            if (!behind.TryGetValue(end, out List<NodeProto>? added))
            {
                behind[end] = added = [];
            }

            added.Add(adapter);
            added.Add(new NodeProto { OpType = "Add", Name = output + "/lora", Input = { last.Output[0], adapter.Output[0] }, Output = { output } });
        }

        bool IsBias(string name) => graph.Initializer.Any(tensor => tensor.Name == name && tensor.Dims.Count > 0);
    }

    /// <summary>The weight gets another name, and the sum takes its own: whatever reads it, branches too, reads the sum.</summary>
    private static void Replace(GraphProto graph, LoraTarget target, double scale, Dictionary<int, List<NodeProto>> before)
    {
        int stored = Enumerable.Range(0, graph.Initializer.Count).First(i => graph.Initializer[i].Name == target.Weight);
        TensorProto weight = graph.Initializer[stored].Clone();
        weight.Name = target.Weight + "/lora/base";
        graph.Initializer[stored] = weight;
        NodeProto sum = new()
        {
            Domain = RewrittenOperators.Domain,
            OpType = LowRankAdapters.Sum,
            Name = target.Weight + "/lora",
            Input = { weight.Name, target.A, target.B },
            Output = { target.Weight },
        };
        sum.Attribute.Add(GraphBuilder.Attribute("scale", (float)scale));
        sum.Attribute.Add(GraphBuilder.Attribute("turned", target.Form == LoraForm.InputsByOutputs));
        if (!before.TryGetValue(0, out List<NodeProto>? added))
        {
            before[0] = added = [];
        }

        added.Add(sum);
    }
}
