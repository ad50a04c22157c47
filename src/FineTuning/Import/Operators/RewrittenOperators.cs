using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>What rewrites put in place of several nodes. No file holds these.</summary>
internal static class RewrittenOperators
{
    public const string Domain = "mltransfer";

    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("Linear", 1, _ => Linear) with { Domain = Domain },
        OperatorDefinition.Of("Attention", 1, Attention) with { Domain = Domain },
        OperatorDefinition.Of("ConvWithBias", 1, Convolutions.Create) with { Domain = Domain },
    ];

    // x: […, inner], weight: [inner, columns], bias: [columns]
    private static GraphValue Linear(OperatorInputs inputs)
    {
        torch.Tensor x = inputs.Tensor(0);
        torch.Tensor weight = inputs.Tensor(1);
        torch.Tensor bias = inputs.Tensor(2);
        if (inputs.State.Bfloat16 && x.dtype == torch.ScalarType.Float32)
        {
            return LinearAlgebra.MatMul(inputs, x, weight).Plus(bias);
        }

        return torch.nn.functional.linear(x, weight.t(), bias);
    }

    // q: [batch, heads, queries, size], transposed k: [batch, heads, size, keys], v: [batch, heads, keys, value size]
    private static Func<OperatorInputs, GraphValue> Attention(NodeContext node)
    {
        double scale = node.Attributes.Float("scale", 1f);
        bool zeroNaN = node.Attributes.Flag("zero_nan");
        string[] masks = node.Attributes.Strings("masks") ?? [];
        torch.ScalarType? cast = node.Attributes.Has("cast") ? TensorReader.ScalarTypeOf((int)node.Attributes.RequiredInt("cast"), "attribute 'to'") : null;
        return inputs =>
        {
            torch.Tensor q = inputs.Tensor(0);
            torch.Tensor k = inputs.Tensor(1).transpose(-1, -2);
            torch.Tensor v = inputs.Tensor(2);
            torch.Tensor? bias = null;
            for (int i = 0; i < masks.Length; i++)
            {
                torch.Tensor mask = inputs.Tensor(3 + (2 * i));
                torch.Tensor term = masks[i] switch
                {
                    "Add" => mask,
                    "Keep" => torch.zeros(mask.shape, q.dtype, q.device).MaskedFill(mask.logical_not(), inputs.Number(4 + (2 * i))),
                    _ => torch.zeros(mask.shape, q.dtype, q.device).MaskedFill(mask, inputs.Number(4 + (2 * i))),
                };
                bias = bias is null ? term : bias.Plus(term);
            }

            torch.Tensor y;
            if (q.dim() == 4 && k.dim() == 4 && v.dim() == 4 && (bias is null || bias.dim() <= 4) && (cast is null || cast == q.dtype))
            {
                y = AttentionCore.Fused(inputs, q, k, v, bias is { } given && given.dim() < 2 ? given.expand(1, 1) : bias, false, scale);
            }
            else
            {
                torch.Tensor scores = MatrixProduct.Of(q, k.transpose(-1, -2)).Times(scale);
                torch.Tensor probabilities = (bias is null ? scores : scores.Plus(bias)).softmax(-1);
                y = MatrixProduct.Of(cast is { } type ? probabilities.to(type) : probabilities, v);
            }

            return zeroNaN ? torch.where(y.isnan(), torch.zeros_like(y), y) : y;
        };
    }
}
