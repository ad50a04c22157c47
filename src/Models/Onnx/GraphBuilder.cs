using Google.Protobuf;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Onnx;

/// <summary>Builds a graph node by node. Where an operator changed its form between operator sets, the form of the chosen one is written.</summary>
/// <param name="name">Name of the graph; also the prefix of the tensors that it makes.</param>
/// <param name="opset">Version of the standard operator set.</param>
internal sealed class GraphBuilder(string name, long opset)
{
    private readonly GraphProto _graph = new() { Name = name };
    private readonly Dictionary<string, long> _domains = new() { [Onnx.Opset.Standard] = opset };
    private int _next;

    /// <summary>Version of the standard operator set.</summary>
    public long Opset => opset;

    /// <summary>Adds an input of the graph.</summary>
    /// <param name="input">Its name.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="dims">One entry an axis: a number (long or int) or a symbolic name (string).</param>
    /// <returns>The name.</returns>
    public string Input(string input, DataType type, params ReadOnlySpan<object> dims)
    {
        _graph.Input.Add(Value(input, type, dims));
        return input;
    }

    /// <summary>Adds an input whose type and rank are those of what it is linked to.</summary>
    public string UntypedInput(string input)
    {
        _graph.Input.Add(new ValueInfoProto { Name = input });
        return input;
    }

    /// <summary>Adds an output of the graph: an Identity that gives the tensor its public name.</summary>
    public string Output(string output, string tensor, DataType type, params ReadOnlySpan<object> dims)
    {
        if (tensor != output)
        {
            _graph.Node.Add(new NodeProto { OpType = "Identity", Name = $"{name}/{output}", Input = { tensor }, Output = { output } });
        }

        _graph.Output.Add(Value(output, type, dims));
        return output;
    }

    /// <summary>Stores a tensor; its name is made unique.</summary>
    public string Store(TensorProto tensor)
    {
        tensor.Name = Unique(tensor.Name);
        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Stores a float32 tensor.</summary>
    public string Floats(string hint, ReadOnlySpan<long> dims, ReadOnlySpan<float> values) => Store(TensorData.Floats(hint, dims, values));

    /// <summary>Stores an int64 tensor.</summary>
    public string Longs(string hint, ReadOnlySpan<long> dims, ReadOnlySpan<long> values) => Store(TensorData.Longs(hint, dims, values));

    /// <summary>Stores a list of int64, shape <c>[length]</c>.</summary>
    public string List(params ReadOnlySpan<long> values) => Longs("list", [values.Length], values);

    /// <summary>Stores an int64 scalar.</summary>
    public string Scalar(long value) => Longs("scalar", [], [value]);

    /// <summary>Stores a float32 scalar.</summary>
    public string Scalar(float value) => Floats("scalar", [], [value]);

    /// <summary>Adds a standard node with one output.</summary>
    /// <param name="type">The operator.</param>
    /// <param name="inputs">Names of its inputs; an empty string leaves an optional one out.</param>
    /// <param name="attributes">Its attributes: long, int, bool, float, string, TensorProto, or arrays of long, float, string.</param>
    /// <returns>The name of the output.</returns>
    public string Node(string type, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string Name, object Value)> attributes) =>
        Node(Onnx.Opset.Standard, type, inputs, 1, attributes)[0];

    /// <summary>Adds a node of any domain with any number of outputs.</summary>
    public string[] Node(
        string domain, string type, ReadOnlySpan<string> inputs, int outputs, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        NodeProto node = new() { OpType = type, Name = Unique(type) };
        if (domain.Length > 0)
        {
            node.Domain = domain;
            _domains.TryAdd(domain, DefaultVersion(domain));
        }

        foreach (string input in inputs)
        {
            node.Input.Add(input);
        }

        for (int i = 0; i < outputs; i++)
        {
            node.Output.Add(outputs == 1 ? node.Name + ":out" : $"{node.Name}:out{i}");
        }

        foreach ((string attribute, object value) in attributes)
        {
            node.Attribute.Add(Attribute(attribute, value));
        }

        _graph.Node.Add(node);
        return [.. node.Output];
    }

    /// <summary>A reduction (ReduceMean, ReduceSum, ReduceMax …) over axes.</summary>
    public string Reduce(string type, string tensor, ReadOnlySpan<long> axes, bool keepDims)
    {
        // Axes became an input with operator set 13 for ReduceSum and 18 for the others.
        long axesAsInput = type == "ReduceSum" ? 13 : 18;
        return opset >= axesAsInput
            ? Node(type, [tensor, List(axes)], ("keepdims", keepDims))
            : Node(type, [tensor], ("axes", axes.ToArray()), ("keepdims", keepDims));
    }

    /// <summary>Inserts axes of length 1.</summary>
    public string Unsqueeze(string tensor, params ReadOnlySpan<long> axes) =>
        opset >= 13 ? Node("Unsqueeze", [tensor, List(axes)]) : Node("Unsqueeze", [tensor], ("axes", axes.ToArray()));

    /// <summary>Removes axes of length 1.</summary>
    public string Squeeze(string tensor, params ReadOnlySpan<long> axes) =>
        opset >= 13 ? Node("Squeeze", [tensor, List(axes)]) : Node("Squeeze", [tensor], ("axes", axes.ToArray()));

    /// <summary>Cuts <c>[start, end)</c> out of one axis.</summary>
    public string Slice(string tensor, long start, long end, long axis) => opset >= 10
        ? Node("Slice", [tensor, List(start), List(end), List(axis)])
        : Node("Slice", [tensor], ("starts", new[] { start }), ("ends", new[] { end }), ("axes", new[] { axis }));

    /// <summary>Converts the element type.</summary>
    public string Cast(string tensor, DataType type) => Node("Cast", [tensor], ("to", (long)type));

    /// <summary>Adds a key-value pair to the model.</summary>
    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>The finished model.</summary>
    public OnnxModel Build()
    {
        ModelProto model = new() { IrVersion = IrVersion(opset), ProducerName = "MLTransfer", Graph = _graph };
        foreach ((string domain, long version) in _domains)
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = domain, Version = version });
        }

        foreach ((string key, string value) in Metadata)
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        return new OnnxModel(model);
    }

    /// <summary>The IR version that came with an operator set (ONNX's table in docs/Versioning.md).</summary>
    private static long IrVersion(long version) => version switch
    {
        <= 8 => 3,
        9 => 4,
        10 => 5,
        11 => 6,
        <= 14 => 7,
        <= 18 => 8,
        <= 20 => 9,
        <= 22 => 10,
        _ => 11,
    };

    private static long DefaultVersion(string domain) => domain == Onnx.Opset.MachineLearning ? 2 : 1;

    private string Unique(string hint) => $"{name}/{hint}_{_next++}";

    private static ValueInfoProto Value(string name, DataType type, ReadOnlySpan<object> dims)
    {
        TensorShapeProto shape = new();
        foreach (object dim in dims)
        {
            shape.Dim.Add(dim is string symbol
                ? new TensorShapeProto.Types.Dimension { DimParam = symbol }
                : new TensorShapeProto.Types.Dimension { DimValue = Convert.ToInt64(dim, System.Globalization.CultureInfo.InvariantCulture) });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = shape } } };
    }

    /// <summary>An attribute of a node, of the type that its value has.</summary>
    /// <param name="attribute">Its name.</param>
    /// <param name="value">A flag, whole number, float, text or tensor, or several numbers or texts.</param>
    public static AttributeProto Attribute(string attribute, object value)
    {
        AttributeProto proto = new() { Name = attribute };
        switch (value)
        {
            case bool flag:
                (proto.Type, proto.I) = (AttributeProto.Types.AttributeType.Int, flag ? 1 : 0);
                break;
            case int or long:
                (proto.Type, proto.I) = (AttributeProto.Types.AttributeType.Int, Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case float number:
                (proto.Type, proto.F) = (AttributeProto.Types.AttributeType.Float, number);
                break;
            case string text:
                (proto.Type, proto.S) = (AttributeProto.Types.AttributeType.String, ByteString.CopyFromUtf8(text));
                break;
            case TensorProto tensor:
                (proto.Type, proto.T) = (AttributeProto.Types.AttributeType.Tensor, tensor);
                break;
            case IEnumerable<long> numbers:
                proto.Type = AttributeProto.Types.AttributeType.Ints;
                proto.Ints.AddRange(numbers);
                break;
            case IEnumerable<float> numbers:
                proto.Type = AttributeProto.Types.AttributeType.Floats;
                proto.Floats.AddRange(numbers);
                break;
            case IEnumerable<string> texts:
                proto.Type = AttributeProto.Types.AttributeType.Strings;
                proto.Strings.AddRange(texts.Select(ByteString.CopyFromUtf8));
                break;
            default:
                throw new ArgumentException($"An attribute cannot hold a {value.GetType().Name}.", nameof(value));
        }

        return proto;
    }
}
