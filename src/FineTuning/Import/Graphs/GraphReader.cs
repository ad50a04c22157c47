using Google.Protobuf.Collections;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using AttributeType = MLTransfer.Models.Onnx.Protos.AttributeProto.Types.AttributeType;

namespace MLTransfer.FineTuning.Import.Graphs;

/// <summary>Reads the graph of a file: model-local functions are inlined, branches keep what they capture, and nodes are put in order.</summary>
/// <remarks>Nothing in the file is trusted: every reference is looked up, nesting and growth by inlining are bounded.</remarks>
internal sealed class GraphReader
{
    /// <summary>Functions or branches nested deeper than this are taken for an attack.</summary>
    private const int DeepestNesting = 64;

    private readonly Dictionary<(string Domain, string Name, string Overload), FunctionProto> _functions = [];
    private readonly Dictionary<string, int> _versions = [];
    private readonly Dictionary<string, TensorProto> _initializers = [];
    private readonly int _mostNodes;

    private GraphReader(ModelProto model)
    {
        foreach (FunctionProto function in model.Functions)
        {
            _functions[(Canonical(function.Domain), function.Name, function.Overload)] = function;
        }

        ReadVersions(model.OpsetImport, _versions);

        // Inlining may repeat the nodes of a function, but not without bound: a file of a few lines could ask for billions.
        long written = model.Graph.Node.Count + model.Functions.Sum(function => (long)function.Node.Count);
        _mostNodes = (int)Math.Min(2_000_000, 20_000 + (written * 10));
        RequireBoundedFunctions(model);
    }

    /// <summary>Reads the graph of a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="outputs">Names of the values to compute, inner ones too; null for the outputs of the graph.</param>
    /// <exception cref="ImportException">The graph is not well formed; the message names the node.</exception>
    public static ImportGraph Read(OnnxModel model, IReadOnlyList<string>? outputs = null)
    {
        ModelProto proto = model.Proto;
        if (proto.Graph is null)
        {
            throw new ImportException("The file holds no graph. Export the model again.");
        }

        return new GraphReader(proto).ReadMain(proto.Graph, outputs);
    }

    /// <summary>The name of a domain that every spelling of ONNX's own domain leads to.</summary>
    internal static string Canonical(string domain) => domain == "ai.onnx" ? string.Empty : domain;

    private static void ReadVersions(IEnumerable<OperatorSetIdProto> imports, Dictionary<string, int> versions)
    {
        foreach (OperatorSetIdProto import in imports)
        {
            versions[Canonical(import.Domain)] = (int)Math.Clamp(import.Version, 1, int.MaxValue);
        }
    }

    /// <summary>Counts what the functions stand for before any is inlined.</summary>
    private void RequireBoundedFunctions(ModelProto model)
    {
        if (model.Functions.Count == 0)
        {
            return;
        }

        Func<NodeProto, long> size = FunctionChecker.Expansion(model);
        long total = 0;
        for (int i = 0; i < model.Graph.Node.Count; i++)
        {
            NodeProto node = model.Graph.Node[i];
            if ((total += size(node)) > _mostNodes)
            {
                throw new ImportException($"{GraphWalk.Describe(node, i)} lets the graph grow to more than {_mostNodes:N0} nodes when its functions are inlined. The file is damaged or its exporter is at fault.");
            }
        }
    }

    private ImportGraph ReadMain(GraphProto graph, IReadOnlyList<string>? outputs)
    {
        ReadInitializers(graph);
        string[] inputs = [.. graph.Input.Select(input => input.Name).Where(name => !_initializers.ContainsKey(name))];
        List<GraphNode> nodes = [];
        ReadNodes(graph.Node, "graph", _versions, name => name, NoAttributes, nodes, 0);
        outputs ??= [.. graph.Output.Select(output => output.Name)];
        if (outputs.Count == 0)
        {
            throw new ImportException("The graph has no output. Export the model again.");
        }

        HashSet<string> available = [.. inputs, .. _initializers.Keys];
        return new ImportGraph
        {
            Inputs = inputs,
            Outputs = outputs,
            Initializers = _initializers,
            Nodes = NodeOrder.Sort(nodes, available, outputs),
        };
    }

    private static IReadOnlyDictionary<string, AttributeProto> NoAttributes { get; } = new Dictionary<string, AttributeProto>();

    private void ReadInitializers(GraphProto graph)
    {
        foreach (TensorProto tensor in graph.Initializer)
        {
            if (!_initializers.TryAdd(tensor.Name, tensor))
            {
                throw new ImportException($"Two initializers are called '{tensor.Name}'. The file is damaged or its exporter is at fault.");
            }
        }
    }

    private void ReadNodes(
        IEnumerable<NodeProto> nodes,
        string place,
        Dictionary<string, int> versions,
        Func<string, string> rename,
        IReadOnlyDictionary<string, AttributeProto> outer,
        List<GraphNode> result,
        int depth)
    {
        int index = 0;
        foreach (NodeProto node in nodes)
        {
            string name = node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault(output => output.Length > 0) ?? $"{place}[{index}]";
            if (depth > 0)
            {
                name = $"{place}/{name}";
            }

            ReadNode(node, name, versions, rename, outer, result, depth);
            index++;
        }
    }

    private void ReadNode(
        NodeProto node,
        string name,
        Dictionary<string, int> versions,
        Func<string, string> rename,
        IReadOnlyDictionary<string, AttributeProto> outer,
        List<GraphNode> result,
        int depth)
    {
        string domain = Canonical(node.Domain);
        if (depth > DeepestNesting)
        {
            throw new ImportException($"{Description()} is nested more than {DeepestNesting} deep in functions or branches. The file is damaged or its exporter is at fault.");
        }

        string[] inputs = Renamed(node.Input, rename);
        string[] outputs = Renamed(node.Output, rename);
        if (_functions.TryGetValue((domain, node.OpType, node.Overload), out FunctionProto? function))
        {
            Inline(function, name, Description(), inputs, outputs, ResolveAttributes(node, outer), result, depth);
            return;
        }

        if (!versions.TryGetValue(domain, out int version))
        {
            // The exporters of fused operators often leave the import of their domain out.
            version = domain.Length == 0
                ? throw new ImportException($"{Description()}: the file imports no operator set of ONNX's own domain. The file is damaged or its exporter is at fault.")
                : 1;
        }

        if (node.Attribute.Count == 0)
        {
            result.Add(new GraphNode(domain, node.OpType, version, name, inputs, outputs, NodeAttributes.None));
            return;
        }

        Dictionary<string, AttributeProto> attributes = ResolveAttributes(node, outer);
        GraphNode read = new(domain, node.OpType, version, name, inputs, outputs, new NodeAttributes(Description(), attributes));
        result.Add(attributes.Values.Any(attribute => attribute.G is not null) ? WithBranches(read, attributes, versions, rename, outer, depth) : read);

        string Description() => $"node '{name}' ({(domain.Length == 0 ? string.Empty : domain + ".")}{node.OpType})";
    }

    private static string[] Renamed(RepeatedField<string> names, Func<string, string> rename)
    {
        string[] renamed = new string[names.Count];
        for (int i = 0; i < renamed.Length; i++)
        {
            renamed[i] = names[i].Length == 0 ? names[i] : rename(names[i]);
        }

        return renamed;
    }

    private static Dictionary<string, AttributeProto> ResolveAttributes(NodeProto node, IReadOnlyDictionary<string, AttributeProto> outer)
    {
        Dictionary<string, AttributeProto> attributes = [];
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (attribute.RefAttrName.Length == 0)
            {
                attributes[attribute.Name] = attribute;
            }
            else if (outer.TryGetValue(attribute.RefAttrName, out AttributeProto? value))
            {
                attributes[attribute.Name] = value;
            }

            // An attribute that the caller left out and that has no default is absent here too.
        }

        return attributes;
    }

    private void Inline(
        FunctionProto function,
        string name,
        string description,
        string[] inputs,
        string[] outputs,
        Dictionary<string, AttributeProto> attributes,
        List<GraphNode> result,
        int depth)
    {
        if (inputs.Length > function.Input.Count || outputs.Length > function.Output.Count)
        {
            throw new ImportException($"{description} has {inputs.Length} inputs and {outputs.Length} outputs; its function has {function.Input.Count} and {function.Output.Count}. The file is damaged or its exporter is at fault.");
        }

        Dictionary<string, string> names = [];
        for (int i = 0; i < function.Input.Count; i++)
        {
            names[function.Input[i]] = i < inputs.Length ? inputs[i] : string.Empty;
        }

        for (int i = 0; i < function.Output.Count; i++)
        {
            if (i < outputs.Length && outputs[i].Length > 0)
            {
                string inner = function.Output[i];
                if (names.TryGetValue(inner, out string? passed))
                {
                    // The function hands an input back.
                    result.Add(new GraphNode(string.Empty, "Identity", 13, name, [passed], [outputs[i]], NodeAttributes.None));
                }
                else
                {
                    names[inner] = outputs[i];
                }
            }
        }

        foreach (AttributeProto standard in function.AttributeProto)
        {
            attributes.TryAdd(standard.Name, standard);
        }

        Dictionary<string, int> versions = new(_versions);
        ReadVersions(function.OpsetImport, versions);
        ReadNodes(
            function.Node,
            name,
            versions,
            inner => names.TryGetValue(inner, out string? outside) ? outside : $"{name}/{inner}",
            attributes,
            result,
            depth + 1);
    }

    /// <summary>Reads the branches of a control-flow node; what they read from outside becomes inputs of the node, so that it stays alive for them.</summary>
    private GraphNode WithBranches(
        GraphNode node,
        Dictionary<string, AttributeProto> attributes,
        Dictionary<string, int> versions,
        Func<string, string> rename,
        IReadOnlyDictionary<string, AttributeProto> outer,
        int depth)
    {
        Dictionary<string, ImportGraph> branches = [];
        List<string> captured = [];
        foreach ((string name, AttributeProto attribute) in attributes)
        {
            if (attribute.G is null || attribute.Type is not (AttributeType.Graph or AttributeType.Undefined))
            {
                continue;
            }

            ImportGraph branch = ReadBranch(attribute.G, $"{node.Name}/{name}", versions, rename, outer, depth + 1);
            branches[name] = branch;
            captured.AddRange(branch.Captured.Where(value => !captured.Contains(value) && !node.Inputs.Contains(value)));
        }

        return node with { Inputs = [.. node.Inputs, .. captured], Branches = branches };
    }

    private ImportGraph ReadBranch(
        GraphProto graph,
        string place,
        Dictionary<string, int> versions,
        Func<string, string> rename,
        IReadOnlyDictionary<string, AttributeProto> outer,
        int depth)
    {
        // Names inside a branch are unique in the whole graph, so its initializers can be kept with the others.
        ReadInitializers(graph);
        string[] inputs = [.. graph.Input.Select(input => rename(input.Name))];
        List<GraphNode> nodes = [];
        ReadNodes(graph.Node, place, versions, rename, outer, nodes, depth);
        HashSet<string> written = [.. inputs, .. nodes.SelectMany(node => node.Outputs)];
        string[] outputs = [.. graph.Output.Select(output => rename(output.Name))];
        string[] captured = [.. nodes.SelectMany(node => node.Inputs).Concat(outputs).Where(name => name.Length > 0 && !written.Contains(name)).Distinct()];
        return new ImportGraph
        {
            Inputs = inputs,
            Outputs = outputs,
            Initializers = [],
            Captured = captured,
            Nodes = NodeOrder.Sort(nodes, [.. inputs, .. captured], outputs),
        };
    }
}
