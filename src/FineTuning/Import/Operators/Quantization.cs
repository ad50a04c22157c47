using MLTransfer.FineTuning.Import.Values;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Weights that are stored as integers.</summary>
internal static class Quantization
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("DequantizeLinear", 10, DequantizeLinear) with { FormulaInputs = [1], Limit = "the integers are constants; what they stand for does not train" },
        OperatorDefinition.Fused("DequantizeLinear", DequantizeLinear) with { FormulaInputs = [1] },
    ];

    // x: any shape; scale, zero point: scalar, [size of axis], or blocks along the axis
    private static Func<OperatorInputs, GraphValue> DequantizeLinear(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", 1);
        long block = node.Attributes.Int("block_size", 0);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0).to(torch.ScalarType.Float32);
            torch.Tensor scale = Spread(inputs.Tensor(1), x.shape, axis, block);
            torch.Tensor shifted = inputs.OptionalTensor(2) is { } zero ? x - Spread(zero.to(torch.ScalarType.Float32), x.shape, axis, block) : x;
            return shifted * scale;
        };
    }

    private static torch.Tensor Spread(torch.Tensor parameter, long[] shape, long axis, long block)
    {
        if (parameter.numel() == 1)
        {
            return parameter.reshape(1);
        }

        int along = Axes.Normalize(axis, shape.Length);
        if (block > 0)
        {
            return parameter.repeat_interleave(block, along).narrow(along, 0, shape[along]);
        }

        long[] view = new long[shape.Length];
        Array.Fill(view, 1);
        view[along] = shape[along];
        return parameter.reshape(view);
    }
}
