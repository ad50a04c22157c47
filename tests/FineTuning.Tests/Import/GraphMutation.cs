using CsCheck;
using Google.Protobuf.Collections;
using MLTransfer.FineTuning.Import.Operators;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Tests.Import;

/// <summary>Changes a graph so that it still can be read: what is wrong then is the meaning, which the importer and its operators must notice.</summary>
internal static class GraphMutation
{
    private static readonly long[] Odd = [0, 1, -1, 2, 3, -2, 7, 64, 1000, 1 << 20, int.MaxValue, int.MinValue, 1L << 33, 1L << 40, long.MaxValue, long.MinValue];

    /// <summary>A mutation is four numbers; what they mean depends on the graph.</summary>
    public static Gen<(int Kind, int Place, int Detail, int Value)> Gen { get; } =
        CsCheck.Gen.Select(CsCheck.Gen.Int[0, 11], CsCheck.Gen.Int[0, 1 << 20], CsCheck.Gen.Int[0, 1 << 20], CsCheck.Gen.Int[0, 1 << 20]);

    /// <summary>Changes a graph.</summary>
    /// <returns>What was changed, in words.</returns>
    public static string Apply(GraphProto graph, (int Kind, int Place, int Detail, int Value) change)
    {
        (int kind, int place, int detail, int value) = change;
        if (graph.Node.Count == 0)
        {
            return "no node left";
        }

        NodeProto node = graph.Node[place % graph.Node.Count];
        switch (kind)
        {
            case 0 when node.Input.Count > 0: // reads something else, written before or behind it
                node.Input[detail % node.Input.Count] = Name(graph, value);
                break;
            case 1: // another operator
                OperatorDefinition definition = OperatorRegistry.Definitions[value % OperatorRegistry.Definitions.Count];
                node.OpType = definition.Name;
                break;
            case 2 or 3 when node.Attribute.Count > 0: // another number
                Change(node.Attribute[detail % node.Attribute.Count], value);
                break;
            case 4 when node.Attribute.Count > 0:
                node.Attribute.RemoveAt(detail % node.Attribute.Count);
                break;
            case 5:
                graph.Node.RemoveAt(place % graph.Node.Count);
                break;
            case 6 when node.Input.Count > 0: // one input less, or an optional one left out
                if (value % 2 == 0)
                {
                    node.Input.RemoveAt(detail % node.Input.Count);
                }
                else
                {
                    node.Input[detail % node.Input.Count] = string.Empty;
                }

                break;
            case 7: // one input more
                node.Input.Add(Name(graph, value));
                break;
            case 8 or 9 when graph.Initializer.Count > 0: // other dims, with data of the right length where that is short
                Reshape(graph.Initializer[place % graph.Initializer.Count], detail, value);
                break;
            case 10 when graph.Initializer.Count > 0: // sizes, axes, indices
                Overwrite(graph.Initializer, place, detail, value);
                break;
            case 11 when graph.Initializer.Count > 0:
                graph.Initializer[place % graph.Initializer.Count].DataType = value % 24;
                break;
        }

        TensorProto? tensor = kind is >= 8 and <= 11 && graph.Initializer.Count > 0 ? graph.Initializer[place % graph.Initializer.Count] : null;
        return tensor is null
            ? $"kind {kind}, node {node.Name} ({node.OpType}) {string.Join(' ', node.Input)} {string.Join(' ', node.Attribute.Select(static attribute => $"{attribute.Name}={attribute.I} {attribute.Ints}"))}"
            : $"kind {kind}, tensor {tensor.Name} [{string.Join(", ", tensor.Dims)}] of type {tensor.DataType}, read by {string.Join(' ', graph.Node.Where(reader => reader.Input.Contains(tensor.Name)).Select(static reader => reader.OpType))}";
    }

    private static string Name(GraphProto graph, int value)
    {
        string[] names = [.. graph.Input.Select(static input => input.Name), .. graph.Initializer.Select(static tensor => tensor.Name), .. graph.Node.SelectMany(static node => node.Output)];
        return names.Length == 0 ? "nothing" : names[value % names.Length];
    }

    private static void Change(AttributeProto attribute, int value)
    {
        long odd = Odd[value % Odd.Length];
        if (attribute.HasI)
        {
            attribute.I = odd;
        }
        else if (attribute.HasF)
        {
            attribute.F = value % 3 == 0 ? float.NaN : odd;
        }
        else if (attribute.Ints.Count > 0 && value % 5 > 0)
        {
            attribute.Ints[value % attribute.Ints.Count] = odd;
        }
        else if (attribute.Ints.Count > 0)
        {
            attribute.Ints.RemoveAt(0);
        }
        else if (attribute.HasS)
        {
            attribute.S = Google.Protobuf.ByteString.CopyFromUtf8(value % 2 == 0 ? string.Empty : "odd");
        }
        else if (attribute.T is { } tensor)
        {
            attribute.T = tensor.Clone();
            Reshape(attribute.T, value, value / 7);
        }
    }

    private static void Reshape(TensorProto tensor, int detail, int value)
    {
        if (tensor.Dims.Count == 0 || detail % 4 == 0)
        {
            tensor.Dims.Add(value % 3);
        }
        else if (detail % 4 == 1)
        {
            tensor.Dims[value % tensor.Dims.Count] = Odd[detail % Odd.Length];
        }
        else
        {
            // The same elements in other dims.
            long first = tensor.Dims[0];
            tensor.Dims[0] = tensor.Dims[^1];
            tensor.Dims[^1] = first;
        }
    }

    private static void Overwrite(RepeatedField<TensorProto> tensors, int place, int detail, int value)
    {
        for (int i = 0; i < tensors.Count; i++)
        {
            TensorProto tensor = tensors[(place + i) % tensors.Count];
            if (tensor.DataType == (int)TensorProto.Types.DataType.Int64 && tensor.RawData.Length >= 8)
            {
                byte[] bytes = tensor.RawData.ToByteArray();
                BitConverter.TryWriteBytes(bytes.AsSpan(detail % (bytes.Length / 8) * 8), Odd[value % Odd.Length]);
                tensor.RawData = Google.Protobuf.ByteString.CopyFrom(bytes);
                return;
            }
        }
    }
}
