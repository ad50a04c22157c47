using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Operators that read or write at indices.</summary>
internal static class Indexing
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("Gather", 1, Gather),
        OperatorDefinition.Of("GatherElements", 11, GatherElements),
        OperatorDefinition.Of("GatherND", 11, GatherNd),
        OperatorDefinition.Of("Scatter", 9, ScatterElements),
        OperatorDefinition.Of("ScatterElements", 11, ScatterElements),
        OperatorDefinition.Of("ScatterND", 11, ScatterNd),
        OperatorDefinition.Of("TensorScatter", 24, TensorScatter),
        OperatorDefinition.Of("OneHot", 9, OneHot) with { FormulaInputs = [1, 2], SizeFollowsFromValues = true },
        OperatorDefinition.Of("NonZero", 9, _ => inputs => NonZero(inputs.Tensor(0))),
        OperatorDefinition.Of("Compress", 9, Compress),
        OperatorDefinition.Of("ReverseSequence", 10, ReverseSequence),
        OperatorDefinition.Of("EyeLike", 9, EyeLike),
    ];

    private static Func<OperatorInputs, GraphValue> Gather(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", 0);
        return inputs =>
        {
            if (inputs.Host(0) is { Rank: 1 } host && inputs.Host(1) is { } at)
            {
                return new HostIntegers(host.Type, at.Shape, [.. at.Data.Select(index => host.Data[Checked(index, host.Data.Length)])]);
            }

            torch.Tensor x = inputs.Tensor(0);
            int along = Axes.Normalize(axis, x.dim());
            long size = x.shape[along];
            if (inputs.Host(1) is { Data.Length: 1 } one)
            {
                torch.Tensor slice = x.narrow(along, Checked(one.Data[0], size), 1);
                return one.Rank == 0 ? slice.squeeze(along) : one.Rank == 1 ? slice : slice.reshape([.. x.shape[..along], .. one.Shape, .. x.shape[(along + 1)..]]);
            }

            torch.Tensor index = inputs.Tensor(1);
            torch.Tensor flat = NonNegative(index, size).reshape(-1);
            return x.index_select(along, flat).reshape([.. x.shape[..along], .. index.shape, .. x.shape[(along + 1)..]]);
        };
    }

    private static Func<OperatorInputs, GraphValue> GatherElements(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", 0);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            int along = Axes.Normalize(axis, x.dim());
            return x.gather(along, NonNegative(inputs.Tensor(1), x.shape[along]));
        };
    }

    // x: [b…, i…, rest…], index: [b…, n…, k] → [b…, n…, rest…]
    private static Func<OperatorInputs, GraphValue> GatherNd(NodeContext node)
    {
        int batch = (int)node.Attributes.Int("batch_dims", 0);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor index = inputs.Tensor(1);
            long[] shape = x.shape;
            long[] result = [.. index.shape[..^1], .. shape[(batch + (int)index.shape[^1])..]];
            if (batch == 0)
            {
                return x.index(Coordinates(index, shape, 0)).reshape(result);
            }

            // The leading axes become one, whose position is a coordinate too.
            long batches = HostIntegers.Count(shape.AsSpan(0, batch));
            torch.Tensor flat = x.reshape([batches, .. shape[batch..]]);
            torch.Tensor at = index.reshape([batches, -1, index.shape[^1]]);
            torch.Tensor row = TensorArithmetic.Range(batches, x.device).unsqueeze(1).expand(batches, at.shape[1]);
            return flat.index([row, .. Coordinates(at, [batches, .. shape[batch..]], 1)]).reshape(result);
        };
    }

    private static Func<OperatorInputs, GraphValue> ScatterElements(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", 0);
        string reduction = node.Attributes.String("reduction", "none");
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor updates = inputs.Tensor(2);
            int along = Axes.Normalize(axis, x.dim());
            torch.Tensor index = NonNegative(inputs.Tensor(1), x.shape[along]);
            return reduction switch
            {
                "none" => x.scatter(along, index, updates),
                "add" => x.scatter_add(along, index, updates),
                _ => ReduceFlat(x, FlatIndex(x.shape, index, along), updates, reduction),
            };
        };
    }

    // x: [i…, rest…], index: [n…, k], updates: [n…, rest…]
    private static Func<OperatorInputs, GraphValue> ScatterNd(NodeContext node)
    {
        string reduction = node.Attributes.String("reduction", "none");
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor index = inputs.Tensor(1);
            torch.Tensor updates = inputs.Tensor(2);
            torch.Tensor[] coordinates = Coordinates(index, x.shape, 0);
            if (reduction is "none" or "add")
            {
                return x.clone().index_put_(updates, coordinates, reduction == "add");
            }

            // The coordinates become rows of a matrix [cells, rest].
            int depth = coordinates.Length;
            long rest = HostIntegers.Count(x.shape.AsSpan(depth));
            torch.Tensor row = coordinates[0];
            for (int i = 1; i < depth; i++)
            {
                row = row.Times(x.shape[i]).Plus(coordinates[i]);
            }

            return CombineRows(x.reshape(-1, rest), row.reshape(-1), updates.reshape(-1, rest), reduction).reshape(x.shape);
        };
    }

    /// <summary>TensorScatter: writes new keys or values into a cache at a position for each batch entry.</summary>
    // cache: [batch, …, length, width], update: [batch, …, new, width], write positions: [batch]
    private static Func<OperatorInputs, GraphValue> TensorScatter(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", -2);
        bool circular = node.Attributes.String("mode", "linear") == "circular";
        return inputs =>
        {
            torch.Tensor cache = inputs.Tensor(0);
            torch.Tensor update = inputs.Tensor(1);
            int along = Axes.Normalize(axis, cache.dim());
            long batch = cache.shape[0];
            long[] starts = inputs.OptionalIntegers(2) ?? new long[batch];
            long length = cache.shape[along];
            long count = update.shape[along];
            long[] positions = [.. starts.SelectMany(start => Enumerable.Range(0, (int)count).Select(i => circular ? (start + i) % length : start + i))];
            long[] shape = new long[cache.dim()];
            Array.Fill(shape, 1);
            shape[0] = batch;
            shape[along] = count;
            torch.Tensor index = torch.tensor(positions, shape, device: cache.device).expand(update.shape);
            return cache.scatter(along, index, update);
        };
    }

    private static Func<OperatorInputs, GraphValue> OneHot(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", -1);
        return inputs =>
        {
            torch.Tensor index = inputs.Tensor(0).to(torch.ScalarType.Int64);
            long depth = (long)inputs.Number(1);
            ResultSize.Within([.. index.shape, depth], 0.25);
            torch.Tensor values = inputs.Tensor(2);
            int along = Axes.Normalize(axis, index.dim() + 1);
            torch.Tensor classes = TensorArithmetic.Range(depth, index.device);
            long[] shape = new long[index.dim() + 1];
            Array.Fill(shape, 1);
            shape[along] = depth;

            // Indices outside the range give a row of the off value.
            torch.Tensor positive = torch.where(index.Lt(0), index.Plus(depth), index).unsqueeze(along);
            return torch.where(positive.eq(classes.reshape(shape)), values[1], values[0]);
        };
    }

    private static GraphValue NonZero(torch.Tensor x) => x.dim() == 0 ? x.reshape(1).nonzero().transpose(0, 1).narrow(0, 0, 0) : x.nonzero().transpose(0, 1);

    private static Func<OperatorInputs, GraphValue> Compress(NodeContext node)
    {
        bool flat = !node.Attributes.Has("axis");
        long axis = node.Attributes.Int("axis", 0);
        return inputs =>
        {
            torch.Tensor x = flat ? inputs.Tensor(0).reshape(-1) : inputs.Tensor(0);
            long[] kept = [.. inputs.Integers(1).Select((value, i) => (value, i)).Where(pair => pair.value != 0).Select(pair => (long)pair.i)];
            return x.index_select(Axes.Normalize(axis, x.dim()), torch.tensor(kept, device: x.device));
        };
    }

    private static Func<OperatorInputs, GraphValue> ReverseSequence(NodeContext node)
    {
        int batchAxis = (int)node.Attributes.Int("batch_axis", 1);
        int timeAxis = (int)node.Attributes.Int("time_axis", 0);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            return Reverse(x, inputs.Integers(1), timeAxis, batchAxis);
        };
    }

    /// <summary>Each batch entry's first steps in reverse order, the rest as it is.</summary>
    internal static torch.Tensor Reverse(torch.Tensor x, long[] lengths, int timeAxis, int batchAxis)
    {
        long steps = x.shape[timeAxis];
        long[] order = new long[steps * lengths.Length];
        for (int t = 0; t < steps; t++)
        {
            for (int b = 0; b < lengths.Length; b++)
            {
                order[(t * lengths.Length) + b] = t < lengths[b] ? lengths[b] - 1 - t : t;
            }
        }

        torch.Tensor index = torch.tensor(order, [steps, lengths.Length], device: x.device);
        if (timeAxis > batchAxis)
        {
            index = index.transpose(0, 1);
        }

        long[] shape = new long[x.dim()];
        Array.Fill(shape, 1);
        shape[timeAxis] = steps;
        shape[batchAxis] = lengths.Length;
        return x.gather(timeAxis, index.reshape(shape).expand(x.shape));
    }

    private static Func<OperatorInputs, GraphValue> EyeLike(NodeContext node)
    {
        long diagonal = node.Attributes.Int("k", 0);
        long type = node.Attributes.Int("dtype", 0);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.ScalarType result = type == 0 ? x.dtype : TensorReader.ScalarTypeOf((int)type, "attribute 'dtype'");
            torch.Tensor ones = torch.ones(x.shape, torch.ScalarType.Float32, x.device);
            return ones.triu(diagonal).tril(diagonal).to(result);
        };
    }

    private static int Checked(long index, long size) =>
        index >= -size && index < size ? (int)(index < 0 ? index + size : index) : throw new ImportException($"index {index} is outside an axis of {size}");

    private static torch.Tensor NonNegative(torch.Tensor index, long size)
    {
        torch.Tensor wide = index.to(torch.ScalarType.Int64);
        return torch.where(wide.Lt(0), wide.Plus(size), wide);
    }

    /// <summary>The columns of an index tensor [n…, k] as k tensors.</summary>
    private static torch.Tensor[] Coordinates(torch.Tensor index, long[] shape, int firstAxis) =>
        [.. index.unbind(-1).Select((column, i) => NonNegative(column, shape[firstAxis + i]))];

    /// <summary>For each element of an index tensor along an axis, the place in the flattened data.</summary>
    private static torch.Tensor FlatIndex(long[] shape, torch.Tensor index, int along)
    {
        torch.Tensor flat = torch.zeros(1, torch.ScalarType.Int64, index.device);
        long stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            long[] view = new long[shape.Length];
            Array.Fill(view, 1);
            view[axis] = index.shape[axis];
            torch.Tensor position = axis == along ? index : TensorArithmetic.Range(index.shape[axis], index.device).reshape(view);
            flat = flat.Plus(position.Times(stride));
            stride *= shape[axis];
        }

        return flat.expand(index.shape);
    }

    private static torch.Tensor ReduceFlat(torch.Tensor x, torch.Tensor flat, torch.Tensor updates, string reduction) =>
        CombineRows(x.reshape(-1, 1), flat.reshape(-1), updates.reshape(-1, 1), reduction).reshape(x.shape);

    /// <summary>Combines rows of updates into rows of data. Torch has no such scatter with a gradient, so rows that meet in one place take turns.</summary>
    // x: [cells, width], row: [updates], updates: [updates, width]
    private static torch.Tensor CombineRows(torch.Tensor x, torch.Tensor row, torch.Tensor updates, string reduction)
    {
        Func<torch.Tensor, torch.Tensor, torch.Tensor> combine = reduction switch
        {
            "mul" => (a, b) => a.mul(b),
            "max" => (a, b) => a.maximum(b),
            "min" => (a, b) => a.minimum(b),
            _ => throw new ImportException($"the reduction '{reduction}' is not one of none, add, mul, max, min"),
        };
        List<List<long>> turns = [];
        Dictionary<long, int> seen = [];
        long[] rows = new GraphValue(row).Integers();
        for (int i = 0; i < rows.Length; i++)
        {
            int turn = seen.GetValueOrDefault(rows[i]);
            seen[rows[i]] = turn + 1;
            if (turn == turns.Count)
            {
                turns.Add([]);
            }

            turns[turn].Add(i);
        }

        torch.Tensor result = x;
        foreach (List<long> turn in turns)
        {
            torch.Tensor picked = torch.tensor([.. turn], device: x.device);
            torch.Tensor at = row.index_select(0, picked);
            result = result.index_copy(0, at, combine(result.index_select(0, at), updates.index_select(0, picked)));
        }

        return ReferenceEquals(result, x) ? x.alias() : result;
    }
}
