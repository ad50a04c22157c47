using MLTransfer.FineTuning.Import.Values;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Interpolation to another size, and sampling at given places.</summary>
internal static class Resizing
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("Resize", 10, node => Resize(node, -1, 1, -1)) with { FormulaInputs = [1], SizeFollowsFromValues = true },
        OperatorDefinition.Of("Resize", 11, node => Resize(node, 1, 2, 3)) with { FormulaInputs = [1, 2, 3], SizeFollowsFromValues = true },
        OperatorDefinition.Of("Upsample", 7, node => Resize(node, -1, 1, -1)) with { FormulaInputs = [1], SizeFollowsFromValues = true },
        OperatorDefinition.Of("GridSample", 16, GridSample),
        OperatorDefinition.Of("AffineGrid", 20, AffineGrid) with { SizeFollowsFromValues = true },
    ];

    private static Func<OperatorInputs, GraphValue> Resize(NodeContext node, int roiInput, int scalesInput, int sizesInput)
    {
        string mode = node.Attributes.String("mode", "nearest");
        ResizeAxis axisRule = new(
            mode is "linear" or "bilinear" ? "linear" : mode,
            node.Attributes.String("coordinate_transformation_mode", roiInput < 0 ? "asymmetric" : "half_pixel"),
            node.Attributes.String("nearest_mode", roiInput < 0 ? "floor" : "round_prefer_floor"),
            node.Attributes.Float("cubic_coeff_a", -0.75f),
            node.Attributes.Flag("exclude_outside"),
            node.Attributes.Flag("antialias"));
        float outside = node.Attributes.Float("extrapolation_value", 0f);
        long[]? listed = node.Attributes.Ints("axes");
        float[]? scalesAttribute = node.Attributes.Floats("scales");
        string policy = node.Attributes.String("keep_aspect_ratio_policy", "stretch");
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            int rank = (int)x.dim();
            long[] axes = listed is null ? [.. Enumerable.Range(0, rank).Select(axis => (long)axis)] : Axes.Normalize(listed, rank);
            double[] scales = scalesAttribute is null ? inputs.OptionalValue(scalesInput)?.Numbers() ?? [] : Array.ConvertAll(scalesAttribute, scale => (double)scale);
            long[] sizes = sizesInput < 0 ? [] : inputs.OptionalIntegers(sizesInput) ?? [];
            double[] roi = roiInput < 0 ? [] : inputs.OptionalValue(roiInput)?.Numbers() ?? [];
            (long[] to, double[] by) = Target(x.shape, axes, scales, sizes, policy);
            long[] whole = x.shape;
            for (int i = 0; i < axes.Length; i++)
            {
                whole[axes[i]] = to[i];
            }

            ResultSize.Grown(whole, x.numel());
            if (Native(x, axes, to, by, axisRule) is { } quick)
            {
                return quick;
            }

            torch.Tensor result = x.is_floating_point() ? x : x.to(torch.ScalarType.Float32);
            for (int i = 0; i < axes.Length; i++)
            {
                (double Start, double End) region = roi.Length == axes.Length * 2 ? (roi[i], roi[i + axes.Length]) : (0, 1);
                result = axisRule.Apply(result, (int)axes[i], to[i], by[i], region, outside);
            }

            return ReferenceEquals(result, x) ? x.alias() : result.to(x.dtype);
        };
    }

    /// <summary>Sizes and scales of the listed axes, from whichever of the two the node gives.</summary>
    private static (long[] Sizes, double[] Scales) Target(long[] shape, long[] axes, double[] scales, long[] sizes, string policy)
    {
        if (sizes.Length == axes.Length && sizes.Length > 0)
        {
            double[] ratios = [.. sizes.Select((size, i) => (double)size / shape[axes[i]])];
            if (policy == "stretch")
            {
                return (sizes, ratios);
            }

            double ratio = policy == "not_larger" ? ratios.Min() : ratios.Max();
            return ([.. axes.Select(axis => (long)((ratio * shape[axis]) + 0.5))], [.. axes.Select(_ => ratio)]);
        }

        return scales.Length == axes.Length
            ? ([.. scales.Select((scale, i) => (long)(scale * shape[axes[i]]))], scales)
            : throw new ImportException($"{scales.Length} scales and {sizes.Length} sizes are given for {axes.Length} axes");
    }

    /// <summary>Torch's own interpolation where it computes the same: two spatial axes, linear or nearest, and an exact ratio.</summary>
    private static torch.Tensor? Native(torch.Tensor x, long[] axes, long[] to, double[] by, ResizeAxis rule)
    {
        if (x.dim() != 4 || x.dtype != torch.ScalarType.Float32 || rule.Antialias || rule.ExcludeOutside)
        {
            return null;
        }

        long[] shape = x.shape;
        long[] target = [.. shape];
        for (int i = 0; i < axes.Length; i++)
        {
            target[axes[i]] = to[i];
            if (Math.Abs((by[i] * shape[axes[i]]) - to[i]) > 1e-9)
            {
                return null;
            }
        }

        if (target[0] != shape[0] || target[1] != shape[1])
        {
            return null;
        }

        // Torch takes one pixel for half_pixel and pytorch_half_pixel alike, but for an output of one.
        bool halfPixel = rule.Coordinates == "half_pixel" || (rule.Coordinates == "pytorch_half_pixel" && target[2] > 1 && target[3] > 1);
        return (rule.Mode, rule.Coordinates, rule.NearestMode) switch
        {
            ("linear", _, _) when halfPixel => functional.interpolate(x, target[2..], mode: torch.InterpolationMode.Bilinear, align_corners: false),
            ("linear", "align_corners", _) => functional.interpolate(x, target[2..], mode: torch.InterpolationMode.Bilinear, align_corners: true),
            ("nearest", "asymmetric", "floor") => functional.interpolate(x, target[2..], mode: torch.InterpolationMode.Nearest),
            _ => null,
        };
    }

    private static Func<OperatorInputs, GraphValue> GridSample(NodeContext node)
    {
        torch.GridSampleMode mode = node.Attributes.String("mode", "linear") switch
        {
            "linear" or "bilinear" => torch.GridSampleMode.Bilinear,
            "nearest" => torch.GridSampleMode.Nearest,
            string other => throw node.Unsupported($"the mode '{other}' has no rule"),
        };
        torch.GridSamplePaddingMode border = node.Attributes.String("padding_mode", "zeros") switch
        {
            "zeros" => torch.GridSamplePaddingMode.Zeros,
            "border" => torch.GridSamplePaddingMode.Border,
            _ => torch.GridSamplePaddingMode.Reflection,
        };
        bool corners = node.Attributes.Flag("align_corners");
        return inputs => functional.grid_sample(inputs.Tensor(0), inputs.Tensor(1), mode, border, corners);
    }

    // theta: [batch, 2, 3], size: (batch, channels, height, width) → [batch, height, width, 2]
    private static Func<OperatorInputs, GraphValue> AffineGrid(NodeContext node)
    {
        bool corners = node.Attributes.Flag("align_corners");
        return inputs => functional.affine_grid(inputs.Tensor(0), ResultSize.Grown(inputs.Integers(1), 0), corners);
    }
}
