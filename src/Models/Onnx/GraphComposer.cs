using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Makes one graph of two.</summary>
internal static class GraphComposer
{
    /// <summary>See <see cref="OnnxModel.Append"/>.</summary>
    public static OnnxModel Compose(OnnxModel first, OnnxModel second, IReadOnlyDictionary<string, string> links, bool keepOutputs)
    {
        GraphProto a = first.Proto.Graph;
        HashSet<string> names = Names(a);
        foreach ((string input, string tensor) in links)
        {
            if (!second.Proto.Graph.Input.Any(value => value.Name == input))
            {
                throw new OnnxModelException($"The second model has no input '{input}'; it has {Join(second.Inputs)}.");
            }

            if (!names.Contains(tensor))
            {
                throw new OnnxModelException($"The first model has no tensor '{tensor}'; its outputs are {Join(first.Outputs)}.");
            }
        }

        HashSet<string> finalOutputs = [.. second.Proto.Graph.Output.Select(static value => value.Name)];
        if (keepOutputs && a.Output.FirstOrDefault(value => finalOutputs.Contains(value.Name)) is { } clash)
        {
            throw new OnnxModelException($"Both models have an output '{clash.Name}'. Rename one of them.");
        }

        // The second graph's outputs keep their names; a tensor of the first graph that has such a name gives way.
        HashSet<string> firstInputs = [.. a.Input.Select(static value => value.Name)];
        Dictionary<string, string> moved = finalOutputs.Where(name => names.Contains(name) && !firstInputs.Contains(name))
            .ToDictionary(static name => name, name => Free(name, names));
        a = GraphRenamer.Rename(a, moved);
        names.ExceptWith(moved.Keys);
        links = links.ToDictionary(static link => link.Key, link => moved.GetValueOrDefault(link.Value, link.Value));

        // Other names of the second graph that the first one has too get a suffix; linked inputs get the first graph's name.
        Dictionary<string, string> renames = new(links);
        foreach (string name in Names(second.Proto.Graph))
        {
            if (names.Contains(name) && !links.ContainsKey(name))
            {
                renames[name] = Free(name, names);
            }
        }

        GraphProto b = GraphRenamer.Rename(second.Proto.Graph, renames);
        ModelProto proto = Shallow.Header(first.Proto);
        proto.IrVersion = Math.Max(first.Proto.IrVersion, second.Proto.IrVersion);
        MergeOpsets(proto, second.Proto);
        MergeFunctions(proto, second.Proto);
        MergeMetadata(proto, second.Proto);
        proto.Graph = new GraphProto { Name = a.Name };
        proto.Graph.Node.AddRange(a.Node.Concat(WithFreeNames(b.Node, a.Node)));
        proto.Graph.Initializer.AddRange(a.Initializer.Concat(b.Initializer));
        proto.Graph.Input.AddRange(a.Input.Concat(b.Input.Where((_, i) => !links.ContainsKey(second.Proto.Graph.Input[i].Name))));
        proto.Graph.ValueInfo.AddRange(a.ValueInfo.Concat(b.ValueInfo));
        if (keepOutputs)
        {
            proto.Graph.Output.AddRange(a.Output);
        }
        else
        {
            proto.Graph.ValueInfo.AddRange(a.Output.Where(value => !a.Input.Any(input => input.Name == value.Name)));
        }

        AddOutputs(proto.Graph, second.Proto.Graph, b, renames);
        EmbedWhereFoldersDiffer(proto, first, second);
        return new OnnxModel(proto, first.Directory ?? second.Directory);
    }

    /// <summary>An output that is an input passed through has another name by now: an Identity gives it back.</summary>
    private static void AddOutputs(GraphProto target, GraphProto original, GraphProto renamed, Dictionary<string, string> renames)
    {
        HashSet<string> taken = [.. target.Node.SelectMany(static node => node.Output), .. target.Input.Select(static value => value.Name)];
        for (int i = 0; i < original.Output.Count; i++)
        {
            string name = original.Output[i].Name;
            ValueInfoProto output = renamed.Output[i];
            if (renames.ContainsKey(name) && !taken.Contains(name))
            {
                target.Node.Add(new NodeProto { OpType = "Identity", Input = { output.Name }, Output = { name }, Name = name + "/Identity" });
                output = original.Output[i];
            }

            target.Output.Add(output);
        }
    }

    private static void MergeOpsets(ModelProto target, ModelProto second)
    {
        HashSet<string> used = [.. GraphWalk.Nodes(second.Graph).Concat(second.Functions.SelectMany(static f => GraphWalk.Nodes(f.Node)))
            .Select(static node => Opset.Normalise(node.Domain))];
        foreach (OperatorSetIdProto import in second.OpsetImport)
        {
            string domain = Opset.Normalise(import.Domain);
            OperatorSetIdProto? mine = target.OpsetImport.FirstOrDefault(entry => Opset.Normalise(entry.Domain) == domain);
            if (mine is null)
            {
                target.OpsetImport.Add(import);
            }
            else if (mine.Version != import.Version && used.Contains(domain))
            {
                string shown = domain.Length == 0 ? "ai.onnx" : domain;
                throw new OnnxModelException(
                    $"The models use different versions of the operator set {shown}: {mine.Version} and {import.Version}. Convert one to the other's version first.");
            }
        }
    }

    private static void MergeFunctions(ModelProto target, ModelProto second)
    {
        foreach (FunctionProto function in second.Functions)
        {
            FunctionProto? mine = target.Functions.FirstOrDefault(entry =>
                entry.Name == function.Name && Opset.Normalise(entry.Domain) == Opset.Normalise(function.Domain) && entry.Overload == function.Overload);
            if (mine is null)
            {
                target.Functions.Add(function);
            }
            else if (!mine.Equals(function))
            {
                throw new OnnxModelException($"Both models have a function '{function.Domain}.{function.Name}', and the two differ.");
            }
        }
    }

    private static void MergeMetadata(ModelProto target, ModelProto second)
    {
        HashSet<string> keys = [.. target.MetadataProps.Select(static pair => pair.Key)];
        target.MetadataProps.AddRange(second.MetadataProps.Where(pair => !keys.Contains(pair.Key)));
    }

    private static void EmbedWhereFoldersDiffer(ModelProto proto, OnnxModel first, OnnxModel second)
    {
        if (first.Directory is null || second.Directory is null || first.Directory == second.Directory)
        {
            return;
        }

        // One folder only can be the model's: what lies in the other one comes inside.
        HashSet<TensorProto> theirs = [.. second.Proto.Graph.Initializer.Where(ExternalData.IsExternal)];
        for (int i = 0; i < proto.Graph.Initializer.Count; i++)
        {
            TensorProto tensor = proto.Graph.Initializer[i];
            if (theirs.Contains(tensor))
            {
                proto.Graph.Initializer[i] = ExternalData.Embedded(
                    tensor, Google.Protobuf.UnsafeByteOperations.UnsafeWrap(ExternalData.Read(tensor, second.Directory)));
            }
        }
    }

    /// <summary>Nodes have names of their own, which ONNX Runtime wants to be different from each other.</summary>
    private static IEnumerable<NodeProto> WithFreeNames(IEnumerable<NodeProto> nodes, IEnumerable<NodeProto> others)
    {
        HashSet<string> taken = [.. others.Select(static node => node.Name)];
        foreach (NodeProto node in nodes)
        {
            if (node.Name.Length == 0 || taken.Add(node.Name))
            {
                yield return node;
                continue;
            }

            NodeProto copy = node.Clone();
            copy.Name = Free(node.Name, taken);
            yield return copy;
        }
    }

    /// <summary>Every name of a tensor in a graph and its subgraphs.</summary>
    public static HashSet<string> Names(GraphProto graph)
    {
        HashSet<string> names = [.. graph.Input.Select(static value => value.Name), .. graph.Initializer.Select(static tensor => tensor.Name)];
        foreach (NodeProto node in GraphWalk.Nodes(graph))
        {
            names.UnionWith(node.Output.Where(static name => name.Length > 0));
            names.UnionWith(GraphWalk.Subgraphs(node).SelectMany(static inner =>
                inner.Input.Select(static value => value.Name).Concat(inner.Initializer.Select(static tensor => tensor.Name))));
        }

        return names;
    }

    /// <summary>A name like another one that is not taken; it is taken from then on.</summary>
    public static string Free(string name, HashSet<string> taken)
    {
        for (int i = 2; ; i++)
        {
            string candidate = $"{name}:{i}";
            if (taken.Add(candidate))
            {
                return candidate;
            }
        }
    }

    private static string Join(IReadOnlyList<OnnxValue> values) => string.Join(", ", values.Select(static value => $"'{value.Name}'"));
}
