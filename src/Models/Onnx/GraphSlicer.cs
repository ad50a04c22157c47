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

        HashSet<string> stored = [.. graph.Initializer.Select(static tensor => tensor.Name), .. graph.SparseInitializer.Select(static sparse => sparse.Values.Name)];
        HashSet<string> given = [.. graph.Input.Select(static value => value.Name)];
        HashSet<string> cut = [.. inputs];
        foreach (string name in outputs.Concat(inputs))
        {
            if (!producers.ContainsKey(name) && !stored.Contains(name) && !given.Contains(name))
            {
                throw Unknown(name, producers.Keys.Concat(given).Concat(stored));
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

        Dictionary<string, ValueInfoProto> known = TensorTypes.Declared(graph);
        string[] ends = [.. outputs.Distinct()];
        string[] starts = [.. inputs.Distinct().Where(names.Contains)];
        ModelProto proto = Shallow.Header(model.Proto);
        proto.Graph = Shallow.Header(graph);
        proto.Graph.Node.AddRange(graph.Node.Where((_, i) => needed[i]));
        proto.Graph.Initializer.AddRange(graph.Initializer.Where(tensor => names.Contains(tensor.Name) && !cut.Contains(tensor.Name)));
        proto.Graph.SparseInitializer.AddRange(
            graph.SparseInitializer.Where(sparse => names.Contains(sparse.Values.Name) && !cut.Contains(sparse.Values.Name)));
        proto.Graph.Input.AddRange(graph.Input.Where(value => names.Contains(value.Name) && !cut.Contains(value.Name)));
        proto.Graph.Input.AddRange(Types(model, starts, known));
        proto.Graph.Output.AddRange(ends.Select(name => known.GetValueOrDefault(name) ?? Untyped(name)));
        HashSet<string> kept = [.. proto.Graph.Node.SelectMany(static node => node.Output)];
        proto.Graph.ValueInfo.AddRange(graph.ValueInfo.Where(value => kept.Contains(value.Name) && !cut.Contains(value.Name) && !ends.Contains(value.Name)));
        proto.Graph.QuantizationAnnotation.AddRange(graph.QuantizationAnnotation.Where(annotation => names.Contains(annotation.TensorName)));
        RemoveUnusedFunctions(proto);
        RemoveUnusedOpsets(proto);
        return new OnnxModel(proto, model.Directory);
    }

    /// <summary>The error for a name that is not in the graph, with what was perhaps meant.</summary>
    public static OnnxModelException Unknown(string name, IEnumerable<string> candidates)
    {
        string? nearest = Text.EditDistance.Nearest(name, candidates);
        string hint = nearest is null ? "Look at the graph's tensors in a viewer such as Netron." : $"The nearest name is '{nearest}'.";
        return new OnnxModelException($"The graph has no tensor '{name}'. {hint}");
    }

    /// <summary>Types of tensors that become inputs: ONNX Runtime infers the type of an output, but not of an input.</summary>
    private static IEnumerable<ValueInfoProto> Types(OnnxModel model, string[] names, Dictionary<string, ValueInfoProto> known)
    {
        string[] silent = [.. names.Where(name => known.GetValueOrDefault(name)?.Type is null)];
        IReadOnlyDictionary<string, ValueInfoProto> inferred = silent.Length > 0 ? TensorTypes.Infer(model, silent) : known;
        return names.Select(name => known.GetValueOrDefault(name) is { Type: not null } value ? value : inferred.GetValueOrDefault(name) ?? Untyped(name));
    }

    /// <summary>A value without a type: ONNX Runtime infers it for an output.</summary>
    private static ValueInfoProto Untyped(string name) => new() { Name = name };

    /// <summary>An operator set that nothing uses could only stand in the way of joining the part to another graph.</summary>
    private static void RemoveUnusedOpsets(ModelProto proto)
    {
        HashSet<string> used = [.. GraphWalk.Nodes(proto.Graph).Concat(proto.Functions.SelectMany(static function => GraphWalk.Nodes(function.Node)))
            .Select(static node => Opset.Normalise(node.Domain)), Opset.Standard];
        OperatorSetIdProto[] kept = [.. proto.OpsetImport.Where(import => used.Contains(Opset.Normalise(import.Domain)))];
        proto.OpsetImport.Clear();
        proto.OpsetImport.AddRange(kept);
    }

    private static void RemoveUnusedFunctions(ModelProto proto)
    {
        if (proto.Functions.Count == 0)
        {
            return;
        }

        var functions = proto.Functions.ToLookup(static function => (Opset.Normalise(function.Domain), function.Name));
        HashSet<FunctionProto> used = new(ReferenceEqualityComparer.Instance);
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
}
