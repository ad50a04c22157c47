using System.Runtime.InteropServices;
using Google.Protobuf;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Images;

/// <summary>Writes image operations, each on the result of the one before, as ONNX nodes.</summary>
internal sealed class ImageNodes(int opset, string input)
{
    // Slice takes its bounds as inputs from this opset on, as attributes before.
    private const int SliceWithInputs = 10;

    private readonly GraphProto _graph = new() { Name = "image_input" };
    private string _current = input;

    /// <summary>Keeps rows and columns of [N, 3, H, W].</summary>
    public void Slice(int top, int bottom, int left, int right)
    {
        if (opset < SliceWithInputs)
        {
            Add("Slice", [], Ints("starts", top, left), Ints("ends", bottom, right), Ints("axes", 2, 3));
            return;
        }

        Add("Slice", [Constant("starts", [2], top, left), Constant("ends", [2], bottom, right), Constant("axes", [2], 2, 3)]);
    }

    /// <summary>Red, green, blue → blue, green, red.</summary>
    public void ReverseChannels() => Add("Gather", [Constant("channels", [3], 2, 1, 0)], Int("axis", 1));

    /// <summary>Bytes → floats.</summary>
    public void CastToFloat() => Add("Cast", [], Int("to", (int)TensorProto.Types.DataType.Float));

    /// <summary>Reduces rows and columns by a whole number: one filter that every channel goes through by itself.</summary>
    public void Reduce(ReductionFilter rows, ReductionFilter columns, int reduction)
    {
        int height = rows.Weights.Length, width = columns.Weights.Length;
        float[] weights = new float[3 * height * width];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = rows.Weights[i / width % height] * columns.Weights[i % width];
        }

        Add(
            "Conv",
            [Constant("filter", [3, 1, height, width], weights)],
            Int("group", 3),
            Ints("kernel_shape", height, width),
            Ints("strides", reduction, reduction),
            Ints("pads", rows.PadBegin, columns.PadBegin, rows.PadEnd, columns.PadEnd));
        if (rows.Gains.Concat(columns.Gains).Any(gain => gain != 1))
        {
            float[] gains = [.. rows.Gains.SelectMany(row => columns.Gains.Select(column => row * column))];
            Add("Mul", [Constant("gains", [1, 1, rows.Gains.Length, columns.Gains.Length], gains)]);
        }
    }

    /// <summary>(value − mean) / std for each channel.</summary>
    public void Normalize(IReadOnlyList<float> mean, IReadOnlyList<float> std)
    {
        Add("Sub", [Constant("mean", [1, 3, 1, 1], [.. mean])]);
        Add("Div", [Constant("std", [1, 3, 1, 1], [.. std])]);
    }

    /// <summary>[N, 3, H, W] → [N, H, W, 3].</summary>
    public void ChannelsLast() => Add("Transpose", [], Ints("perm", 0, 2, 3, 1));

    /// <summary>Names the last result and gives the graph, without its inputs and outputs.</summary>
    public GraphProto Finish(string output)
    {
        _graph.Node[^1].Output[0] = output;
        return _graph;
    }

    private void Add(string operation, ReadOnlySpan<string> further, params ReadOnlySpan<AttributeProto> attributes)
    {
        string name = $"image_{operation.ToLowerInvariant()}_{_graph.Node.Count}";
        var node = new NodeProto { Name = name, OpType = operation, Input = { _current }, Output = { name } };
        foreach (string other in further)
        {
            node.Input.Add(other);
        }

        foreach (AttributeProto attribute in attributes)
        {
            node.Attribute.Add(attribute);
        }

        _graph.Node.Add(node);
        _current = name;
    }

    private string Constant(string name, ReadOnlySpan<long> dimensions, params ReadOnlySpan<long> values)
        => AddConstant(name, TensorProto.Types.DataType.Int64, dimensions, MemoryMarshal.AsBytes(values));

    private string Constant(string name, ReadOnlySpan<long> dimensions, float[] values)
        => AddConstant(name, TensorProto.Types.DataType.Float, dimensions, MemoryMarshal.AsBytes(values.AsSpan()));

    private string AddConstant(string name, TensorProto.Types.DataType type, ReadOnlySpan<long> dimensions, ReadOnlySpan<byte> data)
    {
        var tensor = new TensorProto { Name = $"image_{name}", DataType = (int)type, RawData = ByteString.CopyFrom(data) };
        foreach (long dimension in dimensions)
        {
            tensor.Dims.Add(dimension);
        }

        _graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    private static AttributeProto Int(string name, long value)
        => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    private static AttributeProto Ints(string name, params ReadOnlySpan<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (long value in values)
        {
            attribute.Ints.Add(value);
        }

        return attribute;
    }
}
