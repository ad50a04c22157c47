using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Cuts the part out of a graph that computes given tensors.</summary>
internal static class GraphSlicer
{
    /// <summary>See <see cref="OnnxModel.Slice"/>.</summary>
    public static OnnxModel Slice(OnnxModel model, IReadOnlyList<string> outputs, IReadOnlyList<string> inputs)
    {
        GraphProto graph = model.Proto.Graph;
        Dictionary<string, int> producers = [];
        for (int i = 0; i < graph.Node.Count; i++)
        {
            foreach (string name in graph.Node[i].Output)
            {
                producers[name] = i;
            }
        }

        HashSet<string> stored = [.. graph.Initializer.Select(static tensor => tensor.Name)];
        HashSet<string> given = [.. graph.Input.Select(static value => value.Name)];
        HashSet<string> cut = [.. inputs];
        foreach (string name in outputs.Concat(inputs))
        {
            if (!producers.ContainsKey(name) && !stored.Contains(name) && !given.Contains(name))
            {
                throw new OnnxModelException($"The graph has no tensor '{name}'.{Nearest(name, producers.Keys)}");
            }
        }

        // Backwards from the outputs: which nodes and names are needed.
        bool[] needed = new bool[graph.Node.Count];
        HashSet<string> names = [];
        Stack<string> open = new(outputs);
        while (open.TryPop(out string? name))
        {
            if (!names.Add(name) || cut.Contains(name) || !producers.TryGetValue(name, out int index) || needed[index])
            {
                continue;
            }

            needed[index] = true;
            foreach (string read in GraphWalk.Reads(graph.Node[index]))
            {
                open.Push(read);
            }
        }

        // Outputs that nobody reads stay outputs of their nodes; their type information may stay too.
        Dictionary<string, ValueInfoProto> known = [];
        foreach (ValueInfoProto value in graph.ValueInfo.Concat(graph.Output).Concat(graph.Input))
        {
            known[value.Name] = value;
        }

        ModelProto proto = Shallow.Header(model.Proto);
        proto.Graph = new GraphProto { Name = graph.Name };
        proto.Graph.Node.AddRange(graph.Node.Where((_, i) => needed[i]));
        proto.Graph.Initializer.AddRange(graph.Initializer.Where(tensor => names.Contains(tensor.Name) && !cut.Contains(tensor.Name)));
        proto.Graph.Input.AddRange(graph.Input.Where(value => names.Contains(value.Name) && !cut.Contains(value.Name)));
        foreach (string name in inputs)
        {
            if (names.Contains(name))
            {
                proto.Graph.Input.Add(known.GetValueOrDefault(name) ?? Untyped(name));
            }
        }

        proto.Graph.Output.AddRange(outputs.Select(name => known.GetValueOrDefault(name) ?? Untyped(name)));
        HashSet<string> kept = [.. proto.Graph.Node.SelectMany(static node => node.Output)];
        HashSet<string> ends = [.. outputs];
        proto.Graph.ValueInfo.AddRange(graph.ValueInfo.Where(value => kept.Contains(value.Name) && !ends.Contains(value.Name)));
        RemoveUnusedFunctions(proto);
        return new OnnxModel(proto, model.Directory);
    }

    /// <summary>A value without a type: ONNX Runtime infers it, also for a graph output.</summary>
    private static ValueInfoProto Untyped(string name) => new() { Name = name };

    private static void RemoveUnusedFunctions(ModelProto proto)
    {
        if (proto.Functions.Count == 0)
        {
            return;
        }

        var functions = proto.Functions.ToLookup(static function => (Opset.Normalise(function.Domain), function.Name));
        HashSet<FunctionProto> used = [];
        Stack<NodeProto> open = new(GraphWalk.Nodes(proto.Graph));
        while (open.TryPop(out NodeProto? node))
        {
            foreach (FunctionProto function in functions[(Opset.Normalise(node.Domain), node.OpType)])
            {
                if (used.Add(function))
                {
                    foreach (NodeProto inner in GraphWalk.Nodes(function.Node))
                    {
                        open.Push(inner);
                    }
                }
            }
        }

        FunctionProto[] kept = [.. proto.Functions.Where(used.Contains)];
        proto.Functions.Clear();
        proto.Functions.AddRange(kept);
    }

    private static string Nearest(string name, IEnumerable<string> candidates)
    {
        string? nearest = Text.EditDistance.Nearest(name, candidates);
        return nearest is null ? string.Empty : $" The nearest name is '{nearest}'.";
    }
}
