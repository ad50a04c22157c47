using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Checks a model against the rules of the ONNX specification that everything here relies on. Each error names the node or tensor.</summary>
internal static class OnnxChecker
{
    /// <summary>IR versions that ONNX Runtime 1.31 reads.</summary>
    private const long NewestIrVersion = 13;

    /// <summary>Graphs inside graphs; real models nest two or three deep.</summary>
    private const int DeepestNesting = 32;

    /// <summary>Throws if a rule is broken; allocates nothing that the file does not hold.</summary>
    /// <param name="model">The model.</param>
    /// <param name="origin">How errors name it: a path.</param>
    /// <exception cref="OnnxModelException">A rule is broken.</exception>
    public static void Check(OnnxModel model, string origin)
    {
        ModelProto proto = model.Proto;
        try
        {
            CheckVersions(proto);
            CheckFunctions(proto);
            CheckGraph(proto.Graph, [], proto, model.Directory, 0);
        }
        catch (OnnxModelException exception)
        {
            throw new OnnxModelException($"{origin}: {exception.Message}", exception);
        }
    }

    private static void CheckVersions(ModelProto proto)
    {
        if (proto.IrVersion is < 3 or > NewestIrVersion)
        {
            throw new OnnxModelException($"IR version {proto.IrVersion} is not supported; expected 3 to {NewestIrVersion}. Export the model with a newer exporter.");
        }

        if (proto.OpsetImport.Count == 0)
        {
            throw new OnnxModelException("The model imports no operator set. Export it again.");
        }

        HashSet<string> domains = [];
        foreach (OperatorSetIdProto import in proto.OpsetImport)
        {
            if (!domains.Add(Opset.Normalise(import.Domain)))
            {
                throw new OnnxModelException($"The model imports the operator set '{import.Domain}' twice.");
            }

            if (import.Version < 1)
            {
                throw new OnnxModelException($"The model imports version {import.Version} of the operator set '{import.Domain}'; versions start at 1.");
            }
        }
    }

    private static void CheckFunctions(ModelProto proto)
    {
        if (proto.Functions.Count == 0)
        {
            return;
        }

        Dictionary<(string, string), FunctionProto> functions = [];
        foreach (FunctionProto function in proto.Functions)
        {
            functions[(Opset.Normalise(function.Domain), function.Name)] = function;
        }

        // 1 = on the path from the start, 2 = done. Iterative, since a chain of functions can be long.
        Dictionary<FunctionProto, int> state = [];
        foreach (FunctionProto start in proto.Functions)
        {
            Stack<FunctionProto> path = new([start]);
            while (path.TryPeek(out FunctionProto? function))
            {
                if (state.TryAdd(function, 1))
                {
                    foreach (NodeProto node in GraphWalk.Nodes(function.Node))
                    {
                        if (functions.TryGetValue((Opset.Normalise(node.Domain), node.OpType), out FunctionProto? callee))
                        {
                            if (state.GetValueOrDefault(callee) == 1)
                            {
                                throw new OnnxModelException($"Function '{function.Domain}.{function.Name}' calls itself through '{callee.Name}'.");
                            }

                            if (!state.ContainsKey(callee))
                            {
                                path.Push(callee);
                            }
                        }
                    }
                }
                else
                {
                    state[function] = 2;
                    path.Pop();
                }
            }
        }
    }

    private static void CheckGraph(GraphProto graph, HashSet<string> outer, ModelProto proto, string? directory, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new OnnxModelException($"Graphs are nested more than {DeepestNesting} deep.");
        }

        HashSet<string> known = new(outer);
        HashSet<string> own = [];
        foreach (ValueInfoProto input in graph.Input)
        {
            Define(input.Name, "input", known, own);
        }

        HashSet<string> initializers = [];
        foreach (TensorProto tensor in graph.Initializer)
        {
            if (!initializers.Add(tensor.Name))
            {
                throw new OnnxModelException($"Two initializers have the name '{tensor.Name}'.");
            }

            // Files before IR version 4 list initializers as inputs too.
            known.Add(tensor.Name);
            own.Add(tensor.Name);
            CheckTensor(tensor, directory);
        }

        HashSet<string> imported = [.. proto.OpsetImport.Select(static import => Opset.Normalise(import.Domain)),
            .. proto.Functions.Select(static function => Opset.Normalise(function.Domain))];
        Dictionary<string, int> producers = Producers(graph);
        for (int i = 0; i < graph.Node.Count; i++)
        {
            NodeProto node = graph.Node[i];
            CheckNode(node, i, known, own, producers, imported, proto, directory, depth);
        }

        foreach (ValueInfoProto output in graph.Output)
        {
            if (!known.Contains(output.Name))
            {
                throw new OnnxModelException($"Output '{output.Name}' is computed by no node.");
            }
        }
    }

    private static void CheckNode(
        NodeProto node, int index, HashSet<string> known, HashSet<string> own, Dictionary<string, int> producers, HashSet<string> imported,
        ModelProto proto, string? directory, int depth)
    {
        if (node.OpType.Length == 0)
        {
            throw new OnnxModelException($"Node {index} has no operator.");
        }

        if (!imported.Contains(Opset.Normalise(node.Domain)))
        {
            throw new OnnxModelException($"The model imports no operator set '{node.Domain}', which {GraphWalk.Describe(node, index)} belongs to.");
        }

        foreach (string input in node.Input)
        {
            if (input.Length > 0 && !known.Contains(input))
            {
                string why = !producers.TryGetValue(input, out int producer)
                    ? "is neither an input nor an initializer, and no node computes it"
                    : producer == index
                        ? "is its own output: a cycle"
                        : $"is computed only later, by node {producer}: the nodes are not sorted, or form a cycle";
                throw new OnnxModelException($"Input '{input}' of {GraphWalk.Describe(node, index)} {why}.");
            }
        }

        HashSet<string> attributes = [];
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (!attributes.Add(attribute.Name))
            {
                throw new OnnxModelException($"{GraphWalk.Describe(node, index)} has two attributes '{attribute.Name}'.");
            }

            if (attribute.T is not null)
            {
                CheckTensor(attribute.T, directory);
            }
        }

        foreach (GraphProto subgraph in GraphWalk.Subgraphs(node))
        {
            CheckGraph(subgraph, known, proto, directory, depth + 1);
        }

        foreach (string output in node.Output)
        {
            if (output.Length > 0)
            {
                Define(output, $"output of {GraphWalk.Describe(node, index)}", known, own);
            }
        }
    }

    private static void CheckTensor(TensorProto tensor, string? directory)
    {
        long count = TensorData.ElementCount(tensor);
        if (tensor.DataType == (int)TensorProto.Types.DataType.String)
        {
            if (tensor.StringData.Count != count)
            {
                throw new OnnxModelException($"Tensor '{tensor.Name}' declares {count:N0} strings by its dims, but {tensor.StringData.Count:N0} are stored.");
            }

            return;
        }

        if (TensorData.ByteCount(tensor) is not long bytes)
        {
            throw new OnnxModelException($"Tensor '{tensor.Name}' has the unknown element type {tensor.DataType}.");
        }

        if (ExternalData.IsExternal(tensor))
        {
            long length = ExternalData.Locate(tensor, directory).Length;
            if (length != bytes)
            {
                throw new OnnxModelException(
                    $"Tensor '{tensor.Name}' needs {bytes:N0} bytes ([{string.Join(", ", tensor.Dims)}]), but its external data has {length:N0}.");
            }
        }
        else if (tensor.HasRawData)
        {
            if (tensor.RawData.Length != bytes)
            {
                throw new OnnxModelException(
                    $"Tensor '{tensor.Name}' needs {bytes:N0} bytes ([{string.Join(", ", tensor.Dims)}]), but {tensor.RawData.Length:N0} are stored.");
            }
        }
        else
        {
            long stored = tensor.FloatData.Count + tensor.Int32Data.Count + tensor.Int64Data.Count + tensor.DoubleData.Count + tensor.Uint64Data.Count;
            long expected = (TensorProto.Types.DataType)tensor.DataType is TensorProto.Types.DataType.Complex64 or TensorProto.Types.DataType.Complex128
                ? 2 * count
                : ElementTypes.Bits(tensor.DataType) == 4 ? (count + 1) / 2 : count;
            if (stored != expected)
            {
                throw new OnnxModelException($"Tensor '{tensor.Name}' declares {expected:N0} elements by its dims, but {stored:N0} are stored.");
            }
        }
    }

    private static void Define(string name, string what, HashSet<string> known, HashSet<string> own)
    {
        // Each name is given once in a graph (static single assignment); an inner graph may not hide an outer name either.
        if (!known.Add(name))
        {
            throw new OnnxModelException(
                own.Contains(name) ? $"The name '{name}' is given twice; the second time as {what}." : $"The name '{name}' of an inner graph hides an outer one ({what}).");
        }

        own.Add(name);
    }

    private static Dictionary<string, int> Producers(GraphProto graph)
    {
        Dictionary<string, int> producers = [];
        for (int i = 0; i < graph.Node.Count; i++)
        {
            foreach (string output in graph.Node[i].Output)
            {
                producers.TryAdd(output, i);
            }
        }

        return producers;
    }
}
