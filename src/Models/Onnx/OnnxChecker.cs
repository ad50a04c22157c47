using Google.Protobuf.Collections;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Checks a model against the rules of the ONNX specification that everything here relies on. Each error names the node or tensor.</summary>
/// <remarks>Specification: github.com/onnx/onnx, docs/IR.md.</remarks>
internal static class OnnxChecker
{
    /// <summary>IR versions that ONNX Runtime 1.31 reads.</summary>
    private const long NewestIrVersion = 13;

    /// <summary>Graphs inside graphs; real models nest two or three deep.</summary>
    private const int DeepestNesting = 32;

    /// <summary>A name in a broken file can be as long as the file.</summary>
    private const int LongestMessage = 2000;

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
            FunctionChecker.Check(proto);
            HashSet<string> domains = [.. proto.OpsetImport.Select(static import => Opset.Normalise(import.Domain)),
                .. proto.Functions.Select(static function => Opset.Normalise(function.Domain))];
            foreach (FunctionProto function in proto.Functions)
            {
                CheckFunction(function, domains, model.Directory);
            }

            CheckGraph(proto.Graph, null, domains, model.Directory, 0);
        }
        catch (OnnxModelException exception)
        {
            string message = exception.Message.Length > LongestMessage ? exception.Message[..LongestMessage] + " …" : exception.Message;
            throw new OnnxModelException($"{origin}: {message}", exception);
        }
    }

    private static void CheckVersions(ModelProto proto)
    {
        if (proto.IrVersion is < 3 or > NewestIrVersion)
        {
            string next = proto.IrVersion < 3 ? "Export the model with a newer exporter." : "Export the model for an older version of ONNX.";
            throw new OnnxModelException($"IR version {proto.IrVersion} is not supported; expected 3 to {NewestIrVersion}. {next}");
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

    private static void CheckFunction(FunctionProto function, HashSet<string> domains, string? directory)
    {
        try
        {
            Scope scope = new(null);
            foreach (string input in function.Input)
            {
                scope.Define(input, "input");
            }

            CheckNodes(function.Node, scope, [.. domains, .. function.OpsetImport.Select(static import => Opset.Normalise(import.Domain))], directory, 0);
            foreach (string output in function.Output)
            {
                if (!scope.Knows(output))
                {
                    throw new OnnxModelException($"Output '{output}' is computed by no node.");
                }
            }
        }
        catch (OnnxModelException exception)
        {
            throw new OnnxModelException($"In function '{function.Domain}.{function.Name}': {exception.Message}", exception);
        }
    }

    private static void CheckGraph(GraphProto graph, Scope? outer, HashSet<string> domains, string? directory, int depth)
    {
        if (depth > DeepestNesting)
        {
            throw new OnnxModelException($"Graphs are nested more than {DeepestNesting} deep.");
        }

        Scope scope = new(outer);
        foreach (ValueInfoProto input in graph.Input)
        {
            scope.Define(input.Name, "input");
        }

        HashSet<string> initializers = [];
        foreach (TensorProto tensor in graph.Initializer)
        {
            // Files before IR version 4 list initializers as inputs too.
            DefineInitializer(tensor.Name, initializers, scope);
            try
            {
                CheckTensor(tensor, directory);
            }
            catch (OnnxModelException exception) when (Reader(graph, tensor.Name) is string reader)
            {
                throw new OnnxModelException($"{exception.Message.TrimEnd('.')}; {reader} reads it.", exception);
            }
        }

        foreach (SparseTensorProto sparse in graph.SparseInitializer)
        {
            DefineInitializer(sparse.Values?.Name ?? string.Empty, initializers, scope);
            CheckSparse(sparse, directory);
        }

        CheckNodes(graph.Node, scope, domains, directory, depth);
        foreach (ValueInfoProto output in graph.Output)
        {
            if (!scope.Knows(output.Name))
            {
                throw new OnnxModelException($"Output '{output.Name}' is computed by no node.");
            }

            if (!scope.Owns(output.Name))
            {
                throw new OnnxModelException($"Output '{output.Name}' of an inner graph belongs to an outer one; an Identity node has to be between them.");
            }
        }
    }

    /// <summary>How an error names the first node that reads a value.</summary>
    private static string? Reader(GraphProto graph, string name)
    {
        for (int i = 0; i < graph.Node.Count; i++)
        {
            if (graph.Node[i].Input.Contains(name))
            {
                return GraphWalk.Describe(graph.Node[i], i);
            }
        }

        return null;
    }

    private static void DefineInitializer(string name, HashSet<string> initializers, Scope scope)
    {
        if (name.Length == 0)
        {
            throw new OnnxModelException("An initializer has no name.");
        }

        if (!initializers.Add(name))
        {
            throw new OnnxModelException($"Two initializers have the name '{name}'.");
        }

        scope.Add(name);
    }

    private static void CheckNodes(RepeatedField<NodeProto> nodes, Scope scope, HashSet<string> domains, string? directory, int depth)
    {
        Dictionary<string, int> producers = Producers(nodes);
        for (int i = 0; i < nodes.Count; i++)
        {
            CheckNode(nodes[i], i, scope, producers, domains, directory, depth);
        }
    }

    private static void CheckNode(
        NodeProto node, int index, Scope scope, Dictionary<string, int> producers, HashSet<string> domains, string? directory, int depth)
    {
        if (node.OpType.Length == 0)
        {
            throw new OnnxModelException($"{GraphWalk.Describe(node, index)} has no operator.");
        }

        if (!domains.Contains(Opset.Normalise(node.Domain)))
        {
            throw new OnnxModelException(
                $"The model imports no operator set '{node.Domain}', which {GraphWalk.Describe(node, index)} belongs to. Export the model again.");
        }

        foreach (string input in node.Input)
        {
            if (input.Length > 0 && !scope.Knows(input))
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
        }

        try
        {
            foreach (TensorProto tensor in GraphTensors.Own(node))
            {
                CheckTensor(tensor, directory);
            }

            foreach (GraphProto subgraph in GraphWalk.Subgraphs(node))
            {
                CheckGraph(subgraph, scope, domains, directory, depth + 1);
            }
        }
        catch (OnnxModelException exception)
        {
            throw new OnnxModelException($"In {GraphWalk.Describe(node, index)}: {exception.Message}", exception);
        }

        foreach (string output in node.Output)
        {
            if (output.Length > 0)
            {
                scope.Define(output, $"output of {GraphWalk.Describe(node, index)}");
            }
        }
    }

    private static void CheckSparse(SparseTensorProto sparse, string? directory)
    {
        if (sparse.Values is null || sparse.Indices is null)
        {
            throw new OnnxModelException($"The sparse tensor '{sparse.Values?.Name}' lacks its values or its indices.");
        }

        CheckTensor(sparse.Values, directory);
        CheckTensor(sparse.Indices, directory);
        TensorData.ElementCount(new TensorProto { Name = sparse.Values.Name, Dims = { sparse.Dims } });
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
                    $"Tensor '{tensor.Name}' needs {bytes:N0} bytes ({TensorData.Shape(tensor)}), but its external data has {length:N0}.");
            }
        }
        else if (tensor.HasRawData)
        {
            if (tensor.RawData.Length != bytes)
            {
                throw new OnnxModelException(
                    $"Tensor '{tensor.Name}' needs {bytes:N0} bytes ({TensorData.Shape(tensor)}), but {tensor.RawData.Length:N0} are stored.");
            }
        }
        else
        {
            long expected = (TensorProto.Types.DataType)tensor.DataType is TensorProto.Types.DataType.Complex64 or TensorProto.Types.DataType.Complex128
                ? SafelyTwice(tensor, count)
                : ElementTypes.Bits(tensor.DataType) is int bits and < 8 ? TensorData.Packed(count, bits) : count;
            long stored = TensorData.TypedCount(tensor);
            if (stored != expected)
            {
                throw new OnnxModelException($"Tensor '{tensor.Name}' declares {expected:N0} elements by its dims, but {stored:N0} are stored.");
            }
        }
    }

    private static long SafelyTwice(TensorProto tensor, long count) => count <= long.MaxValue / 2
        ? 2 * count
        : throw new OnnxModelException($"Tensor '{tensor.Name}' has more elements than a computer can count: {TensorData.Shape(tensor)}.");

    private static Dictionary<string, int> Producers(RepeatedField<NodeProto> nodes)
    {
        Dictionary<string, int> producers = [];
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string output in nodes[i].Output)
            {
                producers.TryAdd(output, i);
            }
        }

        return producers;
    }

    /// <summary>
    /// The names that a graph's nodes can read: its own so far, and those of the graphs around it. An initializer of an inner graph may hide an outer
    /// name; a node's output may not. ONNX Runtime judges so too.
    /// </summary>
    private sealed class Scope(Scope? outer)
    {
        private readonly HashSet<string> _names = [];

        public bool Knows(string name)
        {
            for (Scope? scope = this; scope is not null; scope = scope.Outer)
            {
                if (scope._names.Contains(name))
                {
                    return true;
                }
            }

            return false;
        }

        public bool Owns(string name) => _names.Contains(name);

        public void Add(string name) => _names.Add(name);

        /// <summary>Each name is given once in a graph: static single assignment.</summary>
        public void Define(string name, string what)
        {
            if (name.Length == 0)
            {
                throw new OnnxModelException($"A graph's {what} has no name.");
            }

            if (!_names.Add(name))
            {
                throw new OnnxModelException($"The name '{name}' is given twice; the second time as {what}.");
            }

            if (outer?.Knows(name) == true)
            {
                throw new OnnxModelException($"The name '{name}' of an inner graph hides an outer one; here as {what}.");
            }
        }

        private Scope? Outer => outer;
    }
}
