using Google.Protobuf;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Text.Graph;

/// <summary>Pieces of graph that the stages share.</summary>
internal static class GraphFragments
{
    /// <summary>A vector of a length, all true or all false.</summary>
    public static string Bools(this GraphBuilder graph, string length, bool value) =>
        graph.Node("ConstantOfShape", [length], ("value", Bool("value", value)));

    /// <summary>A vector of small numbers, stored in as many bytes as each needs.</summary>
    public static string Table(this GraphBuilder graph, string name, ReadOnlySpan<long> values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)DataType.Int64, Dims = { values.Length } };
        foreach (long value in values)
        {
            tensor.Int64Data.Add(value);
        }

        return graph.Store(tensor);
    }

    /// <summary>The rows of a matrix in several parts.</summary>
    public static string[] Split(this GraphBuilder graph, string matrix, int[] rows)
    {
        long[] sizes = Array.ConvertAll(rows, size => (long)size);
        return graph.Opset >= 13
            ? graph.Node(Onnx.Opset.Standard, "Split", [matrix, graph.List(sizes)], rows.Length, ("axis", 0L))
            : graph.Node(Onnx.Opset.Standard, "Split", [matrix], rows.Length, ("axis", 0L), ("split", sizes));
    }

    /// <summary>A vector of one boolean.</summary>
    public static TensorProto Bool(string name, bool value) =>
        new() { Name = name, DataType = (int)DataType.Bool, Dims = { 1 }, RawData = ByteString.CopyFrom(value ? (byte)1 : (byte)0) };

    /// <summary>A vector of one string.</summary>
    public static TensorProto String(string name, string value) =>
        new() { Name = name, DataType = (int)DataType.String, Dims = { 1 }, StringData = { ByteString.CopyFromUtf8(value) } };

    /// <summary>A vector of zeros.</summary>
    public static string Zeros(this GraphBuilder graph, int length) => graph.Longs("zeros", [length], new long[length]);

    /// <summary>Vectors, or the rows of a matrix, one behind the other.</summary>
    public static string Concat(this GraphBuilder graph, ReadOnlySpan<string> parts, long axis = 0) => graph.Node("Concat", parts, ("axis", axis));

    /// <summary>Any shape as a vector.</summary>
    public static string Flat(this GraphBuilder graph, string tensor) => graph.Node("Reshape", [tensor, graph.List(-1)]);

    /// <summary>The places where a vector is true, <c>[places, 1]</c>.</summary>
    public static string PlaceColumn(this GraphBuilder graph, string condition) => graph.Node("Reshape", [graph.Node("NonZero", [condition]), graph.List(-1, 1)]);

    /// <summary>The elements of a vector where another one is true.</summary>
    public static string Keep(this GraphBuilder graph, string vector, string condition) =>
        graph.Node("Compress", [vector, condition], ("axis", 0L));

    /// <summary>0, 1, … up to a number.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="end">An int64 scalar.</param>
    public static string Range(this GraphBuilder graph, string end) => graph.Node("Range", [graph.Scalar(0), end, graph.Scalar(1)]);

    /// <summary>The length of a vector, as a vector of one.</summary>
    public static string Length(this GraphBuilder graph, string vector) => graph.Node("Shape", [vector]);

    /// <summary>A part of a vector; the ends are counted from its end where they are negative.</summary>
    public static string Part(this GraphBuilder graph, string vector, string start, string end) => graph.Node("Slice", [vector, start, end]);

    /// <summary>The larger of two integers at each place. Max takes int64 from operator set 12 on.</summary>
    public static string Larger(this GraphBuilder graph, string one, string other) => graph.Opset >= 12
        ? graph.Node("Max", [one, other])
        : graph.Node("Where", [graph.Node("Greater", [one, other]), one, other]);

    /// <summary>The smaller of two integers at each place.</summary>
    public static string Smaller(this GraphBuilder graph, string one, string other) => graph.Opset >= 12
        ? graph.Node("Min", [one, other])
        : graph.Node("Where", [graph.Node("Less", [one, other]), one, other]);

    /// <summary>Whether one integer is at most another, at each place.</summary>
    public static string AtMost(this GraphBuilder graph, string one, string other) => graph.Opset >= 12
        ? graph.Node("LessOrEqual", [one, other])
        : graph.Node("Not", [graph.Node("Greater", [one, other])]);

    /// <summary>A lookup from integers to integers.</summary>
    public static string Lookup(this GraphBuilder graph, string tensor, IEnumerable<(long Key, long Value)> entries, long otherwise)
    {
        (long Key, long Value)[] sorted = [.. entries.OrderBy(entry => entry.Key)];
        return graph.Node(
            Onnx.Opset.MachineLearning, "LabelEncoder", [tensor], 1,
            ("keys_int64s", sorted.Select(entry => entry.Key).ToArray()),
            ("values_int64s", sorted.Select(entry => entry.Value).ToArray()),
            ("default_int64", otherwise))[0];
    }

    /// <summary>A lookup from strings to integers.</summary>
    public static string Lookup(this GraphBuilder graph, string tensor, IEnumerable<(string Key, long Value)> entries, long otherwise)
    {
        (string Key, long Value)[] sorted = [.. entries.OrderBy(entry => entry.Key, StringComparer.Ordinal)];
        return graph.Node(
            Onnx.Opset.MachineLearning, "LabelEncoder", [tensor], 1,
            ("keys_strings", sorted.Select(entry => entry.Key).ToArray()),
            ("values_int64s", sorted.Select(entry => entry.Value).ToArray()),
            ("default_int64", otherwise))[0];
    }
}
