using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Convolutions of one to three spatial axes.</summary>
internal static class Convolutions
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("Conv", 1, Create),
        OperatorDefinition.Of("ConvTranspose", 1, ConvTranspose),
        new(string.Empty, "CausalConvWithState", 1, CausalConvWithState),
        OperatorDefinition.Fused("FusedConv", FusedConv),
    ];

    // x: [batch, channels, spatial…], weight: [filters, channels / group, kernel…], bias: [filters] or with axes of 1 around it
    public static Func<OperatorInputs, GraphValue> Create(NodeContext node)
    {
        Windows windows = Windows.Read(node.Attributes);
        long groups = node.Attributes.Int("group", 1);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor weight = inputs.Tensor(1);
            int axes = (int)x.dim() - 2;
            if (axes is < 1 or > 3 || weight.dim() != x.dim())
            {
                throw new ImportException($"the input has the shape [{string.Join(", ", x.shape)}] and the weight [{string.Join(", ", weight.shape)}]; one to three spatial axes were expected");
            }

            long[] kernel = weight.shape[2..];
            (long[] before, long[] after) = windows.Border(x.shape.AsSpan(2), kernel);
            ResultSize.Grown([x.shape[0], x.shape[1], .. x.shape[2..].Select((size, i) => size + before[i] + after[i])], x.numel());
            if (!before.AsSpan().SequenceEqual(after) || before.Any(pad => pad < 0))
            {
                x = Pieces.Constant(x, [0, 0, .. before], [0, 0, .. after], 0);
                Array.Clear(before);
            }

            long[] strides = windows.StridesFor(axes);
            ResultSize.Within([x.shape[0], weight.shape[0], .. x.shape[2..].Select((size, i) => ((size + (2 * before[i])) / strides[i]) + 1)]);
            x = inputs.State.ChannelsLast ? ToChannelsLast(x) : x;
            torch.Tensor? bias = inputs.OptionalTensor(2);
            return Convolve(inputs, x, weight, bias is { } given && given.dim() > 1 ? given.reshape(-1) : bias, strides, before, windows.DilationsFor(axes), groups);
        };
    }

    /// <summary>The same tensor with its channels side by side in memory. The operators behind keep the layout, so one copy at the start is enough.</summary>
    public static torch.Tensor ToChannelsLast(torch.Tensor x) =>
        x.dim() == 4 && x.shape[1] > 1 && x.stride(1) != 1 ? x.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : x;

    private static torch.Tensor Convolve(OperatorInputs inputs, torch.Tensor x, torch.Tensor weight, torch.Tensor? bias, long[] strides, long[] pads, long[] dilations, long groups)
    {
        if (inputs.State.Bfloat16 && x.dtype == torch.ScalarType.Float32)
        {
            const torch.ScalarType Half = torch.ScalarType.BFloat16;
            return Convolve(x.to(Half), weight.to(Half), bias?.to(Half), strides, pads, dilations, groups).to(torch.ScalarType.Float32);
        }

        return Convolve(x, weight, bias, strides, pads, dilations, groups);
    }

    public static torch.Tensor Convolve(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias, long[] strides, long[] pads, long[] dilations, long groups) => strides.Length switch
    {
        1 => functional.conv1d(x, weight, bias, strides[0], pads[0], dilations[0], groups),
        2 => functional.conv2d(x, weight, bias, strides, pads, dilations, groups),
        _ => functional.conv3d(x, weight, bias, strides, pads, dilations, groups),
    };

    // x: [batch, channels, spatial…], weight: [channels, filters / group, kernel…] → [batch, filters, spatial…]
    private static Func<OperatorInputs, GraphValue> ConvTranspose(NodeContext node)
    {
        Windows windows = Windows.Read(node.Attributes);
        long groups = node.Attributes.Int("group", 1);
        long[]? extra = node.Attributes.Ints("output_padding");
        long[]? wanted = node.Attributes.Ints("output_shape");
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor weight = inputs.Tensor(1);
            torch.Tensor? bias = inputs.OptionalTensor(2);
            int axes = (int)x.dim() - 2;
            if (axes is < 1 or > 3)
            {
                throw new ImportException($"the input has {axes} spatial axes; one to three were expected");
            }

            long[] strides = windows.StridesFor(axes);
            long[] dilations = windows.DilationsFor(axes);
            long[] output = extra ?? new long[axes];
            long[] target = wanted is null ? [] : wanted[^axes..];
            long[] before = new long[axes];
            long[] after = new long[axes];
            for (int i = 0; i < axes; i++)
            {
                long full = (strides[i] * (x.shape[i + 2] - 1)) + output[i] + ((weight.shape[i + 2] - 1) * dilations[i]) + 1;
                if (target.Length > 0 || windows.AutoPad.StartsWith("SAME", StringComparison.Ordinal))
                {
                    long size = target.Length > 0 ? target[i] : x.shape[i + 2] * strides[i];
                    long total = full - size;


                    // An output larger than the whole is widened at its end.
                    before[i] = total < 0 ? 0 : windows.AutoPad == "SAME_UPPER" ? total / 2 : total - (total / 2);
                    after[i] = total - before[i];
                }
                else if (windows.Pads is { } pads)
                {
                    before[i] = pads[i];
                    after[i] = pads[axes + i];
                }
            }

            ResultSize.Within([x.shape[0], weight.shape[1] * groups, .. x.shape[2..].Select((size, i) => (size * strides[i]) + (weight.shape[i + 2] * dilations[i]) + output[i])], 0.25);
            bool plain = before.AsSpan().SequenceEqual(after) && before.All(pad => pad >= 0) && !output.Where((size, i) => size >= Math.Max(strides[i], dilations[i])).Any();
            if (plain)
            {
                return Convolve(x, weight, bias, strides, before, output, dilations, groups);
            }

            // The whole output, cut (or widened by zeros) to what the pads leave.
            torch.Tensor whole = Convolve(x, weight, null, strides, new long[axes], new long[axes], dilations, groups);
            long[] cutAfter = [.. after.Select((pad, i) => output[i] - pad)];
            torch.Tensor cut = Pieces.Constant(whole, [0, 0, .. before.Select(pad => -pad)], [0, 0, .. cutAfter], 0);
            return bias is null ? cut : cut.Plus(bias.reshape([-1, .. Enumerable.Repeat(1L, axes)]));
        };

        static torch.Tensor Convolve(torch.Tensor x, torch.Tensor weight, torch.Tensor? bias, long[] strides, long[] pads, long[] output, long[] dilations, long groups) => strides.Length switch
        {
            1 => functional.conv_transpose1d(x, weight, bias, strides[0], pads[0], output[0], dilations[0], groups),
            2 => functional.conv_transpose2d(x, weight, bias, strides, pads, output, dilations, groups),
            _ => functional.conv_transpose3d(x, weight, bias, strides, pads, output, dilations, groups),
        };
    }

    /// <summary>FusedConv: a convolution, a sum with a fourth input, and an activation.</summary>
    private static Func<OperatorInputs, GraphValue> FusedConv(NodeContext node)
    {
        Func<torch.Tensor, torch.Tensor> activation = FusedActivation.Of(node, node.Attributes.String("activation", string.Empty), "alpha", "beta");
        Func<OperatorInputs, GraphValue> conv = Create(node);
        return inputs =>
        {
            torch.Tensor result = conv(inputs).ExistingTensor!;
            return activation(inputs.OptionalTensor(3) is { } sum ? result.Plus(sum) : result);
        };
    }

    /// <summary>CausalConvWithState: a depthwise convolution over time whose left border is the end of the sequence before.</summary>
    // x: [batch, channels, length], weight: [channels, 1, kernel], state: [batch, channels, kernel − 1]
    private static OperatorBody CausalConvWithState(NodeContext node)
    {
        string activation = node.Attributes.String("activation", "none").ToUpperInvariant();
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor weight = inputs.Tensor(1);
            long border = weight.shape[^1] - 1;
            torch.Tensor state = inputs.OptionalTensor(3) ?? torch.zeros([x.shape[0], x.shape[1], border], x.dtype, x.device);
            torch.Tensor extended = torch.cat([state, x], -1);
            torch.Tensor y = functional.conv1d(extended, weight, inputs.OptionalTensor(2), groups: x.shape[1]);
            y = activation switch
            {
                "NONE" or "" => y,
                "SILU" or "SWISH" => y.silu(),
                _ => throw node.Unsupported($"the activation '{activation}' has no rule"),
            };
            return [y, extended.narrow(-1, extended.shape[^1] - border, border)];
        };
    }
}
