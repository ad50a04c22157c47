using MLTransfer.FineTuning.Import.Values;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Operators that join tensors, cut them, or add a border.</summary>
internal static class Pieces
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("Concat", 4, Concat),
        new(string.Empty, "Split", 2, Split),
        OperatorDefinition.Of("Slice", 1, node => Slice(node.Attributes.Ints("starts")!, node.Attributes.Ints("ends")!, node.Attributes.Ints("axes"))),
        OperatorDefinition.Of("Slice", 10, _ => Slice),
        OperatorDefinition.Of("Pad", 2, Pad) with { SizeFollowsFromValues = true },
        OperatorDefinition.Of("Pad", 11, Pad) with { FormulaInputs = [1, 2, 3], SizeFollowsFromValues = true },
        OperatorDefinition.Fused("Pad", Pad) with { FormulaInputs = [1, 2, 3], SizeFollowsFromValues = true },
        OperatorDefinition.Of("Trilu", 14, Trilu),
        OperatorDefinition.Fused("Trilu", Trilu),
        OperatorDefinition.Of("CenterCropPad", 18, CenterCropPad) with { SizeFollowsFromValues = true },
    ];

    /// <summary>Index along an axis with a border, for the modes that repeat elements of the tensor.</summary>
    internal static long BorderIndex(long position, long size, string mode)
    {
        switch (mode)
        {
            case "edge":
                return Math.Clamp(position, 0, size - 1);
            case "wrap":
                return ((position % size) + size) % size;
            default:
                long period = Math.Max(1, 2 * (size - 1));
                long folded = ((position % period) + period) % period;
                return folded < size ? folded : period - folded;
        }
    }

    private static Func<OperatorInputs, GraphValue> Concat(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", 1);
        return inputs =>
        {
            bool host = true;
            for (int i = 0; i < inputs.Count && host; i++)
            {
                host = inputs.Host(i) is { Rank: 1 } part && part.Type == inputs.Host(0)!.Type;
            }

            if (host && inputs.Count > 0)
            {
                List<long> joined = [];
                for (int i = 0; i < inputs.Count; i++)
                {
                    joined.AddRange(inputs.Host(i)!.Data);
                }

                return new HostIntegers(inputs.Host(0)!.Type, [joined.Count], [.. joined]);
            }

            return torch.cat([.. inputs.TensorsFrom(0)], axis);
        };
    }

    private static OperatorBody Split(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", 0);
        long[]? attribute = node.Attributes.Ints("split");
        int parts = (int)node.Attributes.Int("num_outputs", node.OutputCount);
        return inputs =>
        {
            long[] shape = inputs.Value(0).Shape;
            int along = Axes.Normalize(axis, shape.Length);
            long[]? sizes = attribute ?? inputs.OptionalIntegers(1);
            if (sizes is null)
            {
                // The last part is smaller where the size is no multiple.
                long each = (shape[along] + parts - 1) / parts;
                sizes = [.. Enumerable.Range(0, parts).Select(i => Math.Clamp(shape[along] - (i * each), 0, each))];
            }

            if (inputs.Host(0) is { Rank: 1 } host && sizes.Sum() == host.Data.Length)
            {
                int start = 0;
                return [.. sizes.Select(size => (GraphValue)new HostIntegers(host.Type, [size], host.Data[start..(start += (int)size)]))];
            }

            return [.. inputs.Tensor(0).split(sizes, along).Select(part => (GraphValue)part)];
        };
    }

    private static Func<OperatorInputs, GraphValue> Slice(long[] starts, long[] ends, long[]? axes) =>
        inputs => Slice(inputs, starts, ends, axes, null);

    private static GraphValue Slice(OperatorInputs inputs) =>
        Slice(inputs, inputs.Integers(1), inputs.Integers(2), inputs.OptionalIntegers(3), inputs.OptionalIntegers(4));

    private static GraphValue Slice(OperatorInputs inputs, long[] starts, long[] ends, long[]? axes, long[]? steps)
    {
        long[] shape = inputs.Value(0).Shape;
        if (ends.Length != starts.Length || (axes is not null && axes.Length != starts.Length) || (steps is not null && steps.Length != starts.Length))
        {
            throw new ImportException("starts, ends, axes and steps are of different lengths");
        }

        if (inputs.Host(0) is { Rank: 1 } host && starts.Length == 1)
        {
            (long first, long count, long by) = Range(starts[0], ends[0], steps?[0] ?? 1, host.Data.Length);
            return new HostIntegers(host.Type, [count], [.. Enumerable.Range(0, (int)count).Select(i => host.Data[first + (i * by)])]);
        }

        torch.Tensor x = inputs.Tensor(0);
        torch.Tensor result = x;
        for (int i = 0; i < starts.Length; i++)
        {
            int axis = Axes.Normalize(axes?[i] ?? i, shape.Length);
            (long first, long count, long by) = Range(starts[i], ends[i], steps?[i] ?? 1, shape[axis]);
            if (by > 0)
            {
                result = result.slice(axis, first, count == 0 ? first : first + ((count - 1) * by) + 1, by);
            }
            else
            {
                torch.Tensor index = torch.tensor([.. Enumerable.Range(0, (int)count).Select(k => first + (k * by))], device: x.device);
                result = result.index_select(axis, index);
            }
        }

        return ReferenceEquals(result, x) ? x.alias() : result;
    }

    /// <summary>First element, number of elements and step of a slice, cut to the axis.</summary>
    private static (long First, long Count, long Step) Range(long start, long end, long step, long size)
    {
        if (step == 0)
        {
            throw new ImportException("the step of a slice is 0");
        }

        start = start < 0 ? start + size : start;
        end = end < 0 ? Math.Max(end, -size - 1) + size : end;
        if (step > 0)
        {
            start = Math.Clamp(start, 0, size);
            end = Math.Clamp(end, 0, size);
            return (start, end > start ? ((end - start - 1) / step) + 1 : 0, step);
        }

        start = Math.Clamp(start, -1, size - 1);
        end = Math.Clamp(end, -1, size - 1);
        return (start, start > end ? ((start - end - 1) / -step) + 1 : 0, step);
    }

    private static Func<OperatorInputs, GraphValue> Pad(NodeContext node)
    {
        string mode = node.Attributes.String("mode", "constant");
        long[]? attribute = node.Attributes.Ints("pads") ?? node.Attributes.Ints("paddings");
        float value = node.Attributes.Float("value", 0f);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            int rank = (int)x.dim();
            long[] given = attribute ?? inputs.Integers(1);
            long[] axes = attribute is null && inputs.OptionalIntegers(3) is { } listed ? Axes.Normalize(listed, rank) : [.. Enumerable.Range(0, rank).Select(axis => (long)axis)];
            if (given.Length != axes.Length * 2)
            {
                throw new ImportException($"{given.Length} pads are given for {axes.Length} axes");
            }

            long[] before = new long[rank];
            long[] after = new long[rank];
            for (int i = 0; i < axes.Length; i++)
            {
                before[axes[i]] = given[i];
                after[axes[i]] = given[axes.Length + i];
            }

            if (mode == "constant")
            {
                double fill = attribute is null ? inputs.Number(2, 0) : value;
                return Constant(x, before, after, fill);
            }

            long[] size = x.shape;
            ResultSize.Grown([.. size.Select((length, axis) => length + before[axis] + after[axis])], HostIntegers.Count(size));
            for (int axis = 0; axis < rank; axis++)
            {
                if (before[axis] != 0 || after[axis] != 0)
                {
                    long length = size[axis];
                    torch.Tensor index = torch.tensor(
                        [.. Enumerable.Range(0, (int)(length + before[axis] + after[axis])).Select(i => BorderIndex(i - before[axis], length, mode))],
                        device: x.device);
                    x = x.index_select(axis, index);
                }
            }

            return x;
        };
    }

    /// <summary>A border of one value; a negative one cuts.</summary>
    internal static torch.Tensor Constant(torch.Tensor x, long[] before, long[] after, double value)
    {
        long[] size = x.shape;
        ResultSize.Grown([.. size.Select((length, axis) => length + before[axis] + after[axis])], HostIntegers.Count(size));

        // Torch lists the last axis first.
        long[] pads = new long[before.Length * 2];
        for (int axis = 0; axis < before.Length; axis++)
        {
            pads[^((2 * axis) + 2)] = before[axis];
            pads[^((2 * axis) + 1)] = after[axis];
        }

        if (x.dtype == torch.ScalarType.Bool)
        {
            return torch.nn.functional.pad(x.to(torch.ScalarType.Byte), pads, PaddingModes.Constant, value).to(torch.ScalarType.Bool);
        }

        return torch.nn.functional.pad(x, pads, PaddingModes.Constant, value);
    }

    private static Func<OperatorInputs, GraphValue> Trilu(NodeContext node)
    {
        bool upper = node.Attributes.Flag("upper", true);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            long diagonal = inputs.Has(1) ? inputs.Integer(1) : 0;
            return upper ? x.triu(diagonal) : x.tril(diagonal);
        };
    }

    private static Func<OperatorInputs, GraphValue> CenterCropPad(NodeContext node)
    {
        long[]? listed = node.Attributes.Ints("axes");
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            int rank = (int)x.dim();
            long[] target = inputs.Integers(1);
            long[] axes = listed is null ? [.. Enumerable.Range(0, rank).Select(axis => (long)axis)] : Axes.Normalize(listed, rank);
            long[] before = new long[rank];
            long[] after = new long[rank];
            for (int i = 0; i < axes.Length; i++)
            {
                // Both halves round down towards the start: the odd element goes to the end when padding, and is cut at the end too.
                long missing = target[i] - x.shape[axes[i]];
                before[axes[i]] = missing >= 0 ? missing / 2 : -(-missing / 2);
                after[axes[i]] = missing - before[axes[i]];
            }

            return Constant(x, before, after, 0);
        };
    }
}
