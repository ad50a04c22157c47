using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>ONNX Runtime's fusions of a bias, an activation and a sum.</summary>
internal static class FusedElementwise
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Fused("Gelu", _ => Activations.Gelu(false)),
        OperatorDefinition.Fused("FusedGelu", _ => Activations.Gelu(false)),
        OperatorDefinition.Fused("BiasGelu", _ => inputs => Activations.Gelu(inputs.Tensor(0).Plus(inputs.Tensor(1)), false)),
        OperatorDefinition.Fused("FastGelu", _ => inputs => Activations.Gelu(WithBias(inputs, 1), true)),
        OperatorDefinition.Fused("QuickGelu", node =>
        {
            float alpha = node.Attributes.Float("alpha", 1.702f);
            return inputs => Activations.Swish(inputs.Tensor(0), alpha);
        }),
        OperatorDefinition.Fused("BiasAdd", _ => inputs => inputs.Tensor(0).Plus(inputs.Tensor(1)).Plus(inputs.Tensor(2))),
        OperatorDefinition.Fused("BiasSplitGelu", _ => inputs =>
        {
            torch.Tensor[] halves = inputs.Tensor(0).Plus(inputs.Tensor(1)).chunk(2, -1);
            return halves[0] * Activations.Gelu(halves[1], false);
        }),
        OperatorDefinition.Fused("BiasSoftmax", BiasSoftmax),
        new(OperatorDefinition.MicrosoftDomain, "BiasDropout", 1, _ => BiasDropout),
        OperatorDefinition.Fused("QuickGeluMul", _ => inputs => Activations.Swish(inputs.Tensor(0), 1.702) * inputs.Tensor(1)),
    ];

    private static torch.Tensor WithBias(OperatorInputs inputs, int index) =>
        inputs.OptionalTensor(index) is { } bias ? inputs.Tensor(0).Plus(bias) : inputs.Tensor(0);

    private static Func<OperatorInputs, GraphValue> BiasSoftmax(NodeContext node)
    {
        long axis = node.Attributes.Int("axis", 1);
        if (node.Attributes.Int("is_inner_broadcast", 1) == 0)
        {
            throw node.Unsupported("a bias that is broadcast over the outer axes has no rule");
        }

        return inputs =>
        {
            torch.Tensor sum = inputs.Tensor(0).Plus(inputs.Tensor(1));
            int from = Axes.Normalize(axis, sum.dim());
            return from == sum.dim() - 1 ? sum.softmax(-1) : sum.flatten(from).softmax(-1).reshape(sum.shape);
        };
    }

    /// <summary>BiasDropout: data + bias + residual; the dropout is inactive, as in inference.</summary>
    private static GraphValue?[] BiasDropout(OperatorInputs inputs)
    {
        torch.Tensor sum = inputs.Tensor(0).Plus(inputs.Tensor(1));
        return [inputs.OptionalTensor(2) is { } residual ? sum.Plus(residual) : sum, torch.ones(sum.shape, torch.ScalarType.Bool, sum.device)];
    }
}
