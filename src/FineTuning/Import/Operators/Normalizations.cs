using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Normalisations.</summary>
internal static class Normalizations
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        new(string.Empty, "BatchNormalization", 7, BatchNormalization) { FormulaInputs = [3, 4], Limit = "keeps its statistics unless the module is told to update them" },
        OperatorDefinition.Of("InstanceNormalization", 6, node =>
        {
            float epsilon = node.Attributes.Float("epsilon", 1e-5f);
            return inputs => functional.instance_norm(inputs.Tensor(0), weight: inputs.Tensor(1), bias: inputs.Tensor(2), eps: epsilon);
        }),
        new(string.Empty, "LayerNormalization", 1, LayerNormalization),
        OperatorDefinition.Of("GroupNormalization", 18, node => GroupNormalization(node, true)),
        OperatorDefinition.Of("GroupNormalization", 21, node => GroupNormalization(node, false)),
        OperatorDefinition.Of("RMSNormalization", 23, node => RmsNormalization(node)),
        new(string.Empty, "SimplifiedLayerNormalization", 1, node => One(RmsNormalization(node))),
        OperatorDefinition.Of("LRN", 1, Lrn),
        OperatorDefinition.Of("LpNormalization", 1, LpNormalization),
        OperatorDefinition.Of("MeanVarianceNormalization", 9, MeanVarianceNormalization),
    ];

    private static OperatorBody One(Func<OperatorInputs, GraphValue> body) => inputs => [body(inputs)];

    // x: [batch, channels, spatial…]; scale, bias, mean, variance: [channels]
    private static OperatorBody BatchNormalization(NodeContext node)
    {
        float epsilon = node.Attributes.Float("epsilon", 1e-5f);
        if (node.Attributes.Int("spatial", 1) == 0)
        {
            throw node.Unsupported("statistics for each position (spatial = 0) have no rule");
        }

        return inputs =>
        {
            bool trains = inputs.State.BatchNormTrains;
            torch.Tensor y = functional.batch_norm(
                inputs.Tensor(0), inputs.Tensor(3), inputs.Tensor(4), inputs.Tensor(1), inputs.Tensor(2), trains, inputs.State.BatchNormMomentum, epsilon);
            return [y, inputs.Tensor(3).alias(), inputs.Tensor(4).alias()];
        };
    }

    private static OperatorBody LayerNormalization(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", -1);
        float epsilon = node.Attributes.Float("epsilon", 1e-5f);
        bool statistics = node.HasOutput(1) || node.HasOutput(2);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            int from = Axes.Normalize(axis, x.dim());
            torch.Tensor y = LayerNorm(x, from, inputs.OptionalTensor(1), inputs.OptionalTensor(2), epsilon);
            if (!statistics)
            {
                return [y];
            }

            long[] axes = [.. Enumerable.Range(from, (int)x.dim() - from).Select(i => (long)i)];
            torch.Tensor mean = x.mean(axes, true);
            return [y, mean, (x - mean).Square().mean(axes, true).Plus(epsilon).rsqrt()];
        };
    }

    /// <summary>Layer normalisation over the axes from one on; scale and bias may be of any shape that broadcasts.</summary>
    public static torch.Tensor LayerNorm(torch.Tensor x, int from, torch.Tensor? scale, torch.Tensor? bias, double epsilon)
    {
        long[] shape = x.shape[from..];
        if ((scale is null || scale.shape.AsSpan().SequenceEqual(shape)) && (bias is null || bias.shape.AsSpan().SequenceEqual(shape)))
        {
            return functional.layer_norm(x, shape, scale, bias, epsilon);
        }

        torch.Tensor y = functional.layer_norm(x, shape, null, null, epsilon);
        y = scale is null ? y : y * scale;
        return bias is null ? y : y.Plus(bias);
    }

    /// <summary>RMS normalisation: x / √(mean(x²) + epsilon) · scale.</summary>
    public static torch.Tensor RmsNorm(torch.Tensor x, int from, torch.Tensor? scale, double epsilon)
    {
        long[] axes = [.. Enumerable.Range(from, (int)x.dim() - from).Select(i => (long)i)];
        torch.Tensor y = x * x.Square().mean(axes, true).Plus(epsilon).rsqrt();
        return scale is null ? y : y * scale;
    }

    private static Func<OperatorInputs, GraphValue> RmsNormalization(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", -1);
        float epsilon = node.Attributes.Float("epsilon", 1e-5f);
        return inputs => RmsNorm(inputs.Tensor(0), Axes.Normalize(axis, inputs.Tensor(0).dim()), inputs.OptionalTensor(1), epsilon);
    }

    /// <summary>GroupNormalization: scale and bias for each group before opset 21, for each channel since.</summary>
    // x: [batch, channels, spatial…]
    private static Func<OperatorInputs, GraphValue> GroupNormalization(NodeContext node, bool scaleOfGroups)
    {
        long groups = node.Attributes.RequiredInt("num_groups");
        float epsilon = node.Attributes.Float("epsilon", 1e-5f);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor scale = inputs.Tensor(1);
            torch.Tensor bias = inputs.Tensor(2);
            if (scaleOfGroups && scale.shape[0] == groups)
            {
                scale = scale.repeat_interleave(x.shape[1] / groups);
                bias = bias.repeat_interleave(x.shape[1] / groups);
            }

            return functional.group_norm(x, groups, scale, bias, epsilon);
        };
    }

    private static Func<OperatorInputs, GraphValue> Lrn(NodeContext node)
    {
        float alpha = node.Attributes.Float("alpha", 1e-4f);
        float beta = node.Attributes.Float("beta", 0.75f);
        float bias = node.Attributes.Float("bias", 1f);
        long size = node.Attributes.RequiredInt("size");
        return inputs =>
        {
            // The window over channels reaches ⌊(size − 1) / 2⌋ back and ⌈(size − 1) / 2⌉ on.
            torch.Tensor x = inputs.Tensor(0);
            long[] shape = x.shape;
            torch.Tensor squares = x.Square().reshape(shape[0], 1, shape[1], -1);
            torch.Tensor padded = functional.pad(squares, [0, 0, (size - 1) / 2, size - 1 - ((size - 1) / 2)], PaddingModes.Constant, 0);
            torch.Tensor mean = functional.avg_pool2d(padded, [size, 1], [1, 1]).reshape(shape);
            return x / mean.Times(alpha).Plus(bias).Pow(beta);
        };
    }

    private static Func<OperatorInputs, GraphValue> LpNormalization(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", -1);
        long p = node.Attributes.Int("p", 2);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor norm = p == 1 ? x.abs().sum(axis, true) : x.Square().sum(axis, true).sqrt();
            return torch.where(norm.Eq(0), torch.zeros_like(x), x / norm);
        };
    }

    private static Func<OperatorInputs, GraphValue> MeanVarianceNormalization(NodeContext node)
    {
        long[] axes = node.Attributes.Ints("axes") ?? [0, 2, 3];
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor centred = x - x.mean(axes, true);
            return centred / centred.Square().mean(axes, true).sqrt().Plus(1e-9);
        };
    }
}
