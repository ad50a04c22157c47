using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Makes one graph of two.</summary>
internal static class GraphComposer
{
    /// <summary>See <see cref="OnnxModel.Append"/>.</summary>
    public static OnnxModel Compose(OnnxModel first, OnnxModel second, IReadOnlyDictionary<string, string> links, bool keepOutputs)
    {
        if (first.Directory is not null && second.Directory is not null && first.Directory != second.Directory)
        {
            // One folder only can be the model's: what lies in the other one comes inside.
            second = second.WithEmbeddedData();
        }

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

        CheckTypes(a, second.Proto.Graph, links);

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
        MergeOpsets(proto, first.Proto, second.Proto);
        MergeFunctions(proto, second.Proto);
        MergeMetadata(proto, second.Proto);
        proto.AddUnknownFields(second.Proto);
        proto.Graph = Shallow.Header(a);
        proto.Graph.AddUnknownFields(b);
        proto.Graph.SparseInitializer.AddRange(a.SparseInitializer.Concat(b.SparseInitializer));
        proto.Graph.QuantizationAnnotation.AddRange(a.QuantizationAnnotation.Concat(b.QuantizationAnnotation));
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

    /// <summary>An element type that both sides declare must be the same one.</summary>
    private static void CheckTypes(GraphProto first, GraphProto second, IReadOnlyDictionary<string, string> links)
    {
        Dictionary<string, ValueInfoProto> known = TensorTypes.Declared(first);
        foreach (ValueInfoProto input in second.Input)
        {
            if (links.TryGetValue(input.Name, out string? tensor)
                && known.GetValueOrDefault(tensor)?.Type?.TensorType?.ElemType is int given and not 0
                && input.Type?.TensorType?.ElemType is int expected and not 0
                && given != expected)
            {
                throw new OnnxModelException(
                    $"Input '{input.Name}' of the second model takes {ElementTypes.Name(expected)}, but '{tensor}' is {ElementTypes.Name(given)}. Put a Cast between them.");
            }
        }
    }

    /// <summary>Two versions of an operator set agree only where one of the models has no node of it.</summary>
    private static void MergeOpsets(ModelProto target, ModelProto first, ModelProto second)
    {
        HashSet<string> usedByFirst = UsedDomains(first);
        HashSet<string> usedBySecond = UsedDomains(second);
        foreach (OperatorSetIdProto import in second.OpsetImport)
        {
            string domain = Opset.Normalise(import.Domain);
            int index = 0;
            while (index < target.OpsetImport.Count && Opset.Normalise(target.OpsetImport[index].Domain) != domain)
            {
                index++;
            }

            if (index == target.OpsetImport.Count)
            {
                target.OpsetImport.Add(import);
            }
            else if (target.OpsetImport[index].Version != import.Version && usedBySecond.Contains(domain))
            {
                if (usedByFirst.Contains(domain))
                {
                    string shown = domain.Length == 0 ? "ai.onnx" : domain;
                    throw new OnnxModelException(
                        $"The models use different versions of the operator set {shown}: {target.OpsetImport[index].Version} and {import.Version}. "
                        + "Convert one to the other's version first.");
                }

                target.OpsetImport[index] = import;
            }
        }
    }

    private static HashSet<string> UsedDomains(ModelProto model) =>
        [.. GraphWalk.Nodes(model.Graph).Concat(model.Functions.SelectMany(static function => GraphWalk.Nodes(function.Node)))
            .Select(static node => Opset.Normalise(node.Domain))];

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
