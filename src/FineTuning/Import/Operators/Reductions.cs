using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Reductions over axes, cumulative sums, and the largest elements.</summary>
internal static class Reductions
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        Of("ReduceSum", 1, (x, axes, keep) => x.sum(axes, keep), (a, b) => a + b),
        Of("ReduceMean", 1, (x, axes, keep) => Floating(x).mean(axes, keep).to(x.dtype)),
        Of("ReduceMax", 1, (x, axes, keep) => Extreme(x, axes, keep, true), Math.Max),
        Of("ReduceMin", 1, (x, axes, keep) => Extreme(x, axes, keep, false), Math.Min),
        Of("ReduceProd", 1, Product, (a, b) => a * b),
        Of("ReduceL1", 1, (x, axes, keep) => x.abs().sum(axes, keep)),
        Of("ReduceL2", 1, (x, axes, keep) => Floating(x).Square().sum(axes, keep).sqrt().to(x.dtype)),
        Of("ReduceSumSquare", 1, (x, axes, keep) => x.Square().sum(axes, keep)),
        Of("ReduceLogSum", 1, (x, axes, keep) => x.sum(axes, keep).log()),
        Of("ReduceLogSumExp", 1, LogSumExp),
        OperatorDefinition.Of("ArgMax", 1, node => ArgExtreme(node, true)),
        OperatorDefinition.Of("ArgMin", 1, node => ArgExtreme(node, false)),
        OperatorDefinition.Of("CumSum", 11, node => Cumulative(node, false)),
        OperatorDefinition.Of("CumProd", 24, node => Cumulative(node, true)),
        new(string.Empty, "TopK", 1, TopK),
    ];

    private static OperatorDefinition Of(string name, int since, Func<torch.Tensor, long[], bool, torch.Tensor> function, Func<long, long, long>? onIntegers = null) =>
        OperatorDefinition.Of(name, since, node =>
        {
            long[]? attribute = node.Attributes.Ints("axes");
            bool keep = node.Attributes.Flag("keepdims", true);
            bool nothingMeansNothing = node.Attributes.Flag("noop_with_empty_axes");
            return inputs =>
            {
                long[] axes = attribute ?? inputs.OptionalIntegers(1) ?? [];
                if (axes.Length == 0 && nothingMeansNothing)
                {
                    // Only the reduction itself is left out: ReduceL1 of no axis is still the absolute value.
                    torch.Tensor each = inputs.Tensor(0).unsqueeze(0);
                    return function(each, [0], false);
                }

                if (onIntegers is not null && inputs.Host(0) is { Rank: <= 1, Data.Length: > 0 } host && host.Type != torch.ScalarType.Bool)
                {
                    return new HostIntegers(host.Type, keep && host.Rank == 1 ? [1] : [], [host.Data.Aggregate(onIntegers)]);
                }

                torch.Tensor x = inputs.Tensor(0);
                axes = axes.Length == 0 ? [.. Enumerable.Range(0, (int)x.dim()).Select(axis => (long)axis)] : Axes.Normalize(axes, x.dim());
                return axes.Length == 0 ? function(x.unsqueeze(0), [0], false) : function(x, axes, keep);
            };
        });

    private static torch.Tensor Floating(torch.Tensor x) => x.is_floating_point() ? x : x.to(torch.ScalarType.Float64);

    private static torch.Tensor Extreme(torch.Tensor x, long[] axes, bool keep, bool largest)
    {
        if (axes.Any(axis => x.shape[axis] == 0))
        {
            // The largest of nothing is the smallest number there is.
            long[] shape = [.. x.shape.Select((size, axis) => axes.Contains(axis) ? 1 : size)];
            torch.Tensor empty = x.dtype == torch.ScalarType.Bool
                ? TensorArithmetic.Full(shape, largest ? 0 : 1, x.dtype, x.device)
                : x.is_floating_point()
                    ? TensorArithmetic.Full(shape, largest ? double.NegativeInfinity : double.PositiveInfinity, x.dtype, x.device)
                    : TensorArithmetic.Full(shape, x.dtype == torch.ScalarType.Int32 ? (largest ? int.MinValue : int.MaxValue) : largest ? long.MinValue : long.MaxValue, x.dtype, x.device);
            return keep ? empty : empty.reshape([.. x.shape.Where((_, axis) => !axes.Contains(axis))]);
        }

        if (x.dtype == torch.ScalarType.Bool)
        {
            return Extreme(x.to(torch.ScalarType.Byte), axes, keep, largest).to(torch.ScalarType.Bool);
        }

        return largest ? x.amax(axes, keep) : x.amin(axes, keep);
    }

    private static torch.Tensor Product(torch.Tensor x, long[] axes, bool keep)
    {
        foreach (long axis in axes.OrderDescending())
        {
            x = x.prod(axis, keep, x.dtype);
        }

        return x;
    }

    private static torch.Tensor LogSumExp(torch.Tensor x, long[] axes, bool keep)
    {
        foreach (long axis in axes.OrderDescending())
        {
            x = x.logsumexp(axis, keep);
        }

        return x;
    }

    private static Func<OperatorInputs, GraphValue> ArgExtreme(NodeContext node, bool largest)
    {
        long axis = node.Attributes.Int("axis", 0);
        bool keep = node.Attributes.Flag("keepdims", true);
        bool last = node.Attributes.Flag("select_last_index");
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            int from = Axes.Normalize(axis, x.dim());
            torch.Tensor searched = last ? x.flip(from) : x;
            torch.Tensor index = largest ? searched.argmax(from, keep) : searched.argmin(from, keep);
            return last ? index.neg().Plus(x.shape[from] - 1) : index;
        };
    }

    private static Func<OperatorInputs, GraphValue> Cumulative(NodeContext node, bool product)
    {
        bool exclusive = node.Attributes.Flag("exclusive");
        bool reverse = node.Attributes.Flag("reverse");
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            int axis = Axes.Normalize(inputs.Integer(1), x.dim());
            if (reverse)
            {
                x = x.flip(axis);
            }

            if (exclusive)
            {
                // Shifted by one: the first element is the neutral one, the last falls out.
                long size = x.shape[axis];
                torch.Tensor start = x.narrow(axis, 0, Math.Min(1, size));
                torch.Tensor first = product ? torch.ones_like(start) : torch.zeros_like(start);
                x = torch.cat([first, x.narrow(axis, 0, Math.Max(0, size - 1))], axis);
            }

            torch.Tensor result = product ? x.cumprod(axis, x.dtype) : x.cumsum(axis, x.dtype);
            return reverse ? result.flip(axis) : result;
        };
    }

    private static OperatorBody TopK(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", -1);
        long count = node.Attributes.Int("k", -1);
        bool largest = node.Attributes.Flag("largest", true);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            int along = Axes.Normalize(axis, x.dim());
            long k = count >= 0 ? count : inputs.Integer(1);
            if (k < 0 || k > x.shape[along])
            {
                throw new ImportException($"{k} elements are asked for along an axis of {x.shape[along]}");
            }

            // A stable sort, because of equal elements the one that comes first must win.
            (torch.Tensor values, torch.Tensor indices) = x.sort(along, largest, true);
            return [values.narrow(along, 0, k), indices.narrow(along, 0, k)];
        };
    }
}
