using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Poolings of one to three spatial axes.</summary>
internal static class Poolings
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("AveragePool", 7, AveragePool),
        new(string.Empty, "MaxPool", 1, MaxPool),
        OperatorDefinition.Of("LpPool", 2, LpPool),
        OperatorDefinition.Of("GlobalAveragePool", 1, _ => inputs => inputs.Tensor(0).mean(SpatialAxes(inputs.Tensor(0)), true)),
        OperatorDefinition.Of("GlobalMaxPool", 1, _ => inputs => inputs.Tensor(0).amax(SpatialAxes(inputs.Tensor(0)), true)),
        OperatorDefinition.Of("GlobalLpPool", 2, node =>
        {
            double p = node.Attributes.Int("p", 2);
            return inputs => inputs.Tensor(0).abs().Pow(p).sum(SpatialAxes(inputs.Tensor(0)), true).Pow(1 / p);
        }),
    ];

    private static long[] SpatialAxes(torch.Tensor x) => [.. Enumerable.Range(2, Math.Max(0, (int)x.dim() - 2)).Select(axis => (long)axis)];

    private static (Windows Windows, long[] Kernel, bool Ceil) Read(NodeContext node) => (
        Windows.Read(node.Attributes),
        node.Attributes.Ints("kernel_shape") ?? throw node.Invalid("the attribute 'kernel_shape' is missing"),
        node.Attributes.Flag("ceil_mode"));

    /// <summary>How far the last window may reach over the border behind, in ceil mode; a window that would start there is left out.</summary>
    private static long[] Overhang(long[] sizes, long[] kernel, Windows windows, long[] before, long[] after, bool ceil)
    {
        int axes = kernel.Length;
        long[] strides = windows.StridesFor(axes);
        long[] dilations = windows.DilationsFor(axes);
        long[] overhang = new long[axes];
        for (int i = 0; i < axes && ceil; i++)
        {
            long span = ((kernel[i] - 1) * dilations[i]) + 1;
            long free = sizes[i] + before[i] + after[i] - span;
            long last = (free + strides[i] - 1) / strides[i] * strides[i];
            if (last >= sizes[i] + before[i])
            {
                last -= strides[i];
            }

            overhang[i] = Math.Max(0, last - free);
        }

        return overhang;
    }

    private static Func<OperatorInputs, GraphValue> AveragePool(NodeContext node)
    {
        (Windows windows, long[] kernel, bool ceil) = Read(node);
        bool countBorder = node.Attributes.Flag("count_include_pad");
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            int axes = kernel.Length;
            RequireAxes(x, axes);
            (long[] before, long[] after) = windows.Border(x.shape.AsSpan(2), kernel);
            long[] strides = windows.StridesFor(axes);
            long[] dilations = windows.DilationsFor(axes);
            bool plain = before.AsSpan().SequenceEqual(after) && dilations.All(d => d == 1) && !before.Where((pad, i) => pad > kernel[i] / 2).Any() && !ceil;
            if (plain)
            {
                return axes switch
                {
                    1 => functional.avg_pool1d(x, kernel[0], strides[0], before[0], false, countBorder),
                    2 => functional.avg_pool2d(x, kernel, strides, before, false, countBorder),
                    _ => functional.avg_pool3d(x, kernel, strides, before, false, countBorder),
                };
            }

            // Sum and count of each window by a convolution with ones, which does any border and dilation.
            long[] overhang = Overhang(x.shape[2..], kernel, windows, before, after, ceil);
            torch.Tensor sum = SumWindows(x, kernel, strides, dilations, before, [.. after.Zip(overhang, (a, b) => a + b)]);
            using torch.Tensor ones = torch.ones([1, 1, .. x.shape[2..]], x.dtype, x.device);
            torch.Tensor counted = countBorder ? Pieces.Constant(ones, [0, 0, .. before], [0, 0, .. after], 1) : Pieces.Constant(ones, [0, 0, .. before], [0, 0, .. after], 0);
            return sum / SumWindows(counted, kernel, strides, dilations, new long[axes], overhang);
        };
    }

    private static torch.Tensor SumWindows(torch.Tensor x, long[] kernel, long[] strides, long[] dilations, long[] before, long[] after)
    {
        long[] shape = x.shape;
        torch.Tensor padded = Pieces.Constant(x, [0, 0, .. before], [0, 0, .. after], 0);
        torch.Tensor ones = torch.ones([1, 1, .. kernel], x.dtype, x.device);
        torch.Tensor sums = Convolutions.Convolve(padded.reshape([shape[0] * shape[1], 1, .. padded.shape[2..]]), ones, null, strides, new long[kernel.Length], dilations, 1);
        return sums.reshape([shape[0], shape[1], .. sums.shape[2..]]);
    }

    private static OperatorBody MaxPool(NodeContext node)
    {
        (Windows windows, long[] kernel, bool ceil) = Read(node);
        bool columnsFirst = node.Attributes.Flag("storage_order");
        bool wantsIndices = node.HasOutput(1);
        return inputs =>
        {
            torch.Tensor given = inputs.Tensor(0);
            int axes = kernel.Length;
            RequireAxes(given, axes);
            torch.Tensor x = given.is_floating_point() ? given : given.to(torch.ScalarType.Float32);
            long[] sizes = x.shape[2..];
            (long[] before, long[] after) = windows.Border(sizes, kernel);
            long[] behind = [.. after.Zip(Overhang(sizes, kernel, windows, before, after, ceil), (a, b) => a + b)];
            long[] strides = windows.StridesFor(axes);
            long[] dilations = windows.DilationsFor(axes);
            long[] offset = new long[axes];
            if (!before.AsSpan().SequenceEqual(behind) || before.Where((pad, i) => pad > kernel[i] / 2).Any())
            {
                x = Pieces.Constant(x, [0, 0, .. before], [0, 0, .. behind], double.NegativeInfinity);
                offset = before;
                before = new long[axes];
            }

            if (!wantsIndices)
            {
                torch.Tensor largest = axes switch
                {
                    1 => functional.max_pool1d(x, kernel[0], strides[0], before[0], dilations[0]),
                    2 => functional.max_pool2d(x, kernel, strides, before, dilations),
                    _ => functional.max_pool3d(x, kernel, strides, before, dilations),
                };
                return [largest.to(given.dtype)];
            }

            (torch.Tensor values, torch.Tensor places) = axes switch
            {
                1 => functional.max_pool1d_with_indices(x, kernel[0], strides[0], before[0], dilations[0]),
                2 => functional.max_pool2d_with_indices(x, kernel, strides, before, dilations),
                _ => functional.max_pool3d_with_indices(x, kernel, strides, before, dilations),
            };
            return [values.to(given.dtype), FlatIndices(places, x.shape[2..], given.shape, offset, columnsFirst)];
        };
    }

    /// <summary>Torch counts within one channel and with the border; ONNX within the whole tensor and without.</summary>
    private static torch.Tensor FlatIndices(torch.Tensor places, long[] padded, long[] shape, long[] offset, bool columnsFirst)
    {
        int axes = padded.Length;
        torch.Tensor[] positions = new torch.Tensor[axes];
        torch.Tensor rest = places;
        for (int i = axes - 1; i >= 0; i--)
        {
            positions[i] = rest.Remainder(padded[i]).Minus(offset[i]);
            rest = rest.FloorDivide(padded[i]);
        }

        torch.Tensor flat = torch.zeros_like(places);
        IEnumerable<int> order = columnsFirst ? Enumerable.Range(0, axes).Reverse() : Enumerable.Range(0, axes);
        foreach (int i in order)
        {
            flat = flat.Times(shape[i + 2]).Plus(positions[i]);
        }

        long channelSize = HostIntegers.Count(shape.AsSpan(2));
        torch.Tensor channel = TensorArithmetic.Range(shape[0] * shape[1], places.device).reshape([shape[0], shape[1], .. Enumerable.Repeat(1L, axes)]);
        return flat.Plus(channel.Times(channelSize));
    }

    private static Func<OperatorInputs, GraphValue> LpPool(NodeContext node)
    {
        (Windows windows, long[] kernel, bool ceil) = Read(node);
        double p = node.Attributes.Int("p", 2);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            int axes = kernel.Length;
            RequireAxes(x, axes);
            (long[] before, long[] after) = windows.Border(x.shape.AsSpan(2), kernel);
            long[] behind = [.. after.Zip(Overhang(x.shape[2..], kernel, windows, before, after, ceil), (a, b) => a + b)];
            return SumWindows(x.abs().Pow(p), kernel, windows.StridesFor(axes), windows.DilationsFor(axes), before, behind).Pow(1 / p);
        };
    }

    private static void RequireAxes(torch.Tensor x, int axes)
    {
        if (axes is < 1 or > 3 || x.dim() != axes + 2)
        {
            throw new ImportException($"the input has the shape [{string.Join(", ", x.shape)}] and the kernel {axes} axes; [batch, channels] and one to three spatial axes were expected");
        }
    }
}
