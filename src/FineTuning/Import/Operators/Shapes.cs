using MLTransfer.FineTuning.Import.Values;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Operators that look at a shape or change it, and leave the elements as they are.</summary>
internal static class Shapes
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("Shape", 1, Shape),
        OperatorDefinition.Of("Size", 1, _ => inputs => HostIntegers.Scalar(HostIntegers.Count(inputs.Value(0).Shape))),
        OperatorDefinition.Of("Identity", 1, _ => inputs => inputs.Host(0) is { } host ? host : inputs.Tensor(0).alias()),
        OperatorDefinition.Of("Reshape", 5, Reshape) with { FormulaInputs = [1] },
        OperatorDefinition.Of("Flatten", 1, Flatten),
        OperatorDefinition.Of("Squeeze", 1, Squeeze),
        OperatorDefinition.Of("Unsqueeze", 1, Unsqueeze),
        OperatorDefinition.Of("Transpose", 1, Transpose),
        OperatorDefinition.Of("Expand", 8, _ => Expand) with { SizeFollowsFromValues = true },
        OperatorDefinition.Of("Tile", 6, _ => Tile) with { SizeFollowsFromValues = true },
        OperatorDefinition.Of("Cast", 6, node => Cast(TensorReader.ScalarTypeOf((int)node.Attributes.RequiredInt("to"), "attribute 'to'"))),
        OperatorDefinition.Of("CastLike", 15, _ => inputs => Cast(inputs, inputs.Value(1).Type)),
        OperatorDefinition.Of("BitCast", 26, BitCast),
        OperatorDefinition.Of("DepthToSpace", 1, DepthToSpace),
        OperatorDefinition.Of("SpaceToDepth", 1, SpaceToDepth),
        OperatorDefinition.Fused("ExpandDims", _ => inputs => inputs.Tensor(0).unsqueeze(inputs.Integer(1))),
    ];

    public static GraphValue Cast(OperatorInputs inputs, torch.ScalarType type) =>
        inputs.Host(0) is { } host && HostIntegers.IsHostType(type) ? host.As(type) : inputs.Tensor(0).to(type);

    private static Func<OperatorInputs, GraphValue> Cast(torch.ScalarType type) => inputs => Cast(inputs, type);

    private static Func<OperatorInputs, GraphValue> Shape(NodeContext node)
    {
        long start = node.Attributes.Int("start", 0);
        long end = node.Attributes.Int("end", long.MaxValue);
        return inputs =>
        {
            long[] shape = inputs.Value(0).Shape;
            long from = Math.Clamp(start < 0 ? start + shape.Length : start, 0, shape.Length);
            long to = Math.Clamp(end < 0 ? end + shape.Length : end, from, shape.Length);
            return HostIntegers.Vector(shape[(int)from..(int)to]);
        };
    }

    private static Func<OperatorInputs, GraphValue> Reshape(NodeContext node)
    {
        bool allowZero = node.Attributes.Flag("allowzero");
        return inputs =>
        {
            long[] from = inputs.Value(0).Shape;
            long[] to = [.. inputs.Integers(1)];
            for (int i = 0; i < to.Length && !allowZero; i++)
            {
                if (to[i] == 0)
                {
                    to[i] = i < from.Length ? from[i] : throw new ImportException($"dimension {i} is to be copied, but the input has the shape [{string.Join(", ", from)}]");
                }
            }

            if (inputs.Host(0) is { } host && to.All(size => size >= 0) && HostIntegers.Count(to) == host.Data.Length)
            {
                return new HostIntegers(host.Type, to, host.Data);
            }

            if (inputs.Host(0) is { } vector && to.SequenceEqual([-1L]))
            {
                return new HostIntegers(vector.Type, [vector.Data.Length], vector.Data);
            }

            return inputs.Tensor(0).reshape(to);
        };
    }

    private static Func<OperatorInputs, GraphValue> Flatten(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", 1);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            long from = axis < 0 ? axis + x.dim() : axis;
            long[] shape = x.shape;
            return x.reshape(HostIntegers.Count(shape.AsSpan(0, (int)from)), HostIntegers.Count(shape.AsSpan((int)from)));
        };
    }

    private static Func<OperatorInputs, GraphValue> Squeeze(NodeContext node)
    {
        long[]? attribute = node.Attributes.Ints("axes");
        return inputs =>
        {
            long[] shape = inputs.Value(0).Shape;
            long[]? given = attribute ?? inputs.OptionalIntegers(1);
            long[] axes = given is null ? [.. Enumerable.Range(0, shape.Length).Where(axis => shape[axis] == 1).Select(axis => (long)axis)] : Axes.Normalize(given, shape.Length);
            foreach (long axis in axes)
            {
                if (shape[axis] != 1)
                {
                    throw new ImportException($"axis {axis} of the shape [{string.Join(", ", shape)}] is not 1 and cannot be removed");
                }
            }

            return WithShape(inputs, [.. shape.Where((_, axis) => !axes.Contains(axis))]);
        };
    }

    private static Func<OperatorInputs, GraphValue> Unsqueeze(NodeContext node)
    {
        long[]? attribute = node.Attributes.Ints("axes");
        return inputs =>
        {
            long[] given = attribute ?? inputs.Integers(1);
            List<long> shape = [.. inputs.Value(0).Shape];
            foreach (long axis in Axes.Normalize(given, shape.Count + given.Length).Order())
            {
                shape.Insert((int)axis, 1);
            }

            return WithShape(inputs, [.. shape]);
        };
    }

    private static GraphValue WithShape(OperatorInputs inputs, long[] shape) =>
        inputs.Host(0) is { } host ? new HostIntegers(host.Type, shape, host.Data) : inputs.Tensor(0).reshape(shape);

    private static Func<OperatorInputs, GraphValue> Transpose(NodeContext node)
    {
        long[]? order = node.Attributes.Ints("perm");
        return inputs => inputs.Host(0) is { Rank: <= 1 } host
            ? host
            : inputs.Tensor(0).permute(order ?? [.. Enumerable.Range(0, inputs.Value(0).Rank).Select(axis => (long)axis).Reverse()]);
    }

    private static GraphValue Expand(OperatorInputs inputs)
    {
        long[] target = inputs.Integers(1);
        if (inputs.Host(0) is { } host && host.Expand(target) is { } expanded)
        {
            return expanded;
        }

        torch.Tensor x = inputs.Tensor(0);
        long[] from = x.shape;
        long[] shape = new long[Math.Max(from.Length, target.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            long have = i <= from.Length ? from[^i] : 1;
            long want = i <= target.Length ? target[^i] : 1;
            shape[^i] = have == 1 ? want : have;
        }

        return x.expand(ResultSize.Grown(shape, HostIntegers.Count(from)));
    }

    private static GraphValue Tile(OperatorInputs inputs)
    {
        torch.Tensor x = inputs.Tensor(0);
        long[] repeats = inputs.Integers(1);
        long[] shape = x.shape;
        if (repeats.Length != shape.Length)
        {
            throw new ImportException($"{repeats.Length} repeats are given for a tensor of rank {shape.Length}");
        }

        ResultSize.Grown([.. shape.Zip(repeats, static (size, times) => size * times)], HostIntegers.Count(shape));
        return x.repeat(repeats);
    }

    private static Func<OperatorInputs, GraphValue> BitCast(NodeContext node)
    {
        int to = (int)node.Attributes.RequiredInt("to");
        torch.ScalarType type = TensorReader.ScalarTypeOf(to, "attribute 'to'");
        if ((TensorProto.Types.DataType)to is TensorProto.Types.DataType.Float16 or TensorProto.Types.DataType.Bfloat16)
        {
            throw node.Unsupported("half precision is computed in float32, so its bits are not there");
        }

        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            if (x.dtype.ElementSize() != type.ElementSize())
            {
                throw new ImportException($"the bits of {x.dtype} do not fit into {type}");
            }

            // Not differentiable: the copy goes over managed memory.
            using torch.Tensor source = x.detach().cpu().contiguous();
            torch.Tensor result = torch.empty(x.shape, type);
            if (x.numel() > 0)
            {
                result.bytes = source.bytes;
            }

            return result.to(x.device);
        };
    }

    // x: [batch, channels, height, width] → [batch, channels / block², height · block, width · block]
    private static Func<OperatorInputs, GraphValue> DepthToSpace(NodeContext node)
    {
        long block = node.Attributes.RequiredInt("blocksize");
        bool columnsFirst = node.Attributes.String("mode", "DCR") == "CRD";
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            long[] s = x.shape;
            long channels = s[1] / (block * block);
            torch.Tensor parts = columnsFirst
                ? x.reshape(s[0], channels, block, block, s[2], s[3]).permute(0, 1, 4, 2, 5, 3)
                : x.reshape(s[0], block, block, channels, s[2], s[3]).permute(0, 3, 4, 1, 5, 2);
            return parts.reshape(s[0], channels, s[2] * block, s[3] * block);
        };
    }

    // x: [batch, channels, height, width] → [batch, channels · block², height / block, width / block]
    private static Func<OperatorInputs, GraphValue> SpaceToDepth(NodeContext node)
    {
        long block = node.Attributes.RequiredInt("blocksize");
        bool columnsFirst = node.Attributes.String("mode", "DCR") == "CRD";
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            long[] s = x.shape;
            torch.Tensor parts = x.reshape(s[0], s[1], s[2] / block, block, s[3] / block, block);
            return (columnsFirst ? parts.permute(0, 1, 3, 5, 2, 4) : parts.permute(0, 3, 5, 1, 2, 4)).reshape(s[0], s[1] * block * block, s[2] / block, s[3] / block);
        };
    }
}
