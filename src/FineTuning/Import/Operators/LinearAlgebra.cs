using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Matrix products.</summary>
internal static class LinearAlgebra
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of("MatMul", 1, _ => inputs => MatMul(inputs, inputs.Tensor(0), inputs.Tensor(1))),
        OperatorDefinition.Of("Gemm", 7, Gemm),
        OperatorDefinition.Of("Einsum", 12, Einsum),
        OperatorDefinition.Of("Det", 11, _ => inputs => torch.linalg.det(inputs.Tensor(0))),
        OperatorDefinition.Fused("FusedMatMul", FusedMatMul),
        OperatorDefinition.Fused("TransposeMatMul", FusedMatMul),
        OperatorDefinition.Fused("FusedGemm", node =>
        {
            Func<OperatorInputs, GraphValue> gemm = Gemm(node);
            Func<torch.Tensor, torch.Tensor> activation = FusedActivation.Of(node, node.Attributes.String("activation", string.Empty), "activation_alpha", "activation_beta");
            return inputs => activation(gemm(inputs).ExistingTensor!);
        }),
        OperatorDefinition.Fused("GemmFastGelu", _ => inputs =>
        {
            torch.Tensor product = MatMul(inputs, inputs.Tensor(0), inputs.Tensor(1));
            return Activations.Gelu(inputs.OptionalTensor(2) is { } bias ? product.Plus(bias) : product, true);
        }),
        OperatorDefinition.Fused("Inverse", _ => inputs => torch.linalg.inv(inputs.Tensor(0))),
    ];

    /// <summary>A product of matrices, in the precision that the run computes products in.</summary>
    public static torch.Tensor MatMul(OperatorInputs inputs, torch.Tensor a, torch.Tensor b) =>
        inputs.State.Bfloat16 && a.dtype == torch.ScalarType.Float32
            ? MatrixProduct.Of(a.to(torch.ScalarType.BFloat16), b.to(torch.ScalarType.BFloat16)).to(torch.ScalarType.Float32)
            : MatrixProduct.Of(a, b);

    /// <summary>Gemm: alpha·A·B + beta·C, with A and B optionally transposed.</summary>
    /// <remarks>B keeps the layout of its initializer, so the trained weight is written back unchanged.</remarks>
    private static Func<OperatorInputs, GraphValue> Gemm(NodeContext node)
    {
        float alpha = node.Attributes.Float("alpha", 1f);
        float beta = node.Attributes.Float("beta", 1f);
        bool transposeA = node.Attributes.Flag("transA");
        bool transposeB = node.Attributes.Flag("transB");
        return inputs =>
        {
            // a: [rows, inner], b: [inner, columns]
            torch.Tensor a = transposeA ? inputs.Tensor(0).t() : inputs.Tensor(0);
            torch.Tensor b = inputs.Tensor(1);
            torch.Tensor? c = inputs.OptionalTensor(2);
            if (transposeB && alpha == 1 && beta == 1 && c is null or { dtype: torch.ScalarType.Float32 } && c?.dim() == 1 && !inputs.State.Bfloat16)
            {
                return torch.nn.functional.linear(a, b, c);
            }

            torch.Tensor product = MatMul(inputs, a, transposeB ? b.t() : b);
            product = alpha == 1 ? product : product.Times(alpha);
            return c is null ? product : product.Plus(beta == 1 ? c : c.Times(beta));
        };
    }

    private static Func<OperatorInputs, GraphValue> Einsum(NodeContext node)
    {
        string equation = node.Attributes.String("equation", string.Empty).Replace(" ", string.Empty, StringComparison.Ordinal);
        return inputs => torch.einsum(equation, [.. inputs.TensorsFrom(0)]);
    }

    /// <summary>FusedMatMul: alpha·A·B, with the last two axes of A and B optionally swapped, or the batch axes moved behind the matrix.</summary>
    private static Func<OperatorInputs, GraphValue> FusedMatMul(NodeContext node)
    {
        float alpha = node.Attributes.Float("alpha", 1f);
        bool transposeA = node.Attributes.Flag("transA");
        bool transposeB = node.Attributes.Flag("transB");
        bool batchA = node.Attributes.Flag("transBatchA");
        bool batchB = node.Attributes.Flag("transBatchB");
        return inputs =>
        {
            torch.Tensor product = MatMul(inputs, Arrange(inputs.Tensor(0), transposeA, batchA), Arrange(inputs.Tensor(1), transposeB, batchB));
            return alpha == 1 ? product : product.Times(alpha);
        };
    }

    private static torch.Tensor Arrange(torch.Tensor x, bool transpose, bool batch)
    {
        long rank = x.dim();
        if (batch && rank > 2)
        {
            // [m, batch…, k] → [batch…, m, k]
            x = x.permute([.. Enumerable.Range(1, (int)rank - 2).Select(axis => (long)axis), 0, rank - 1]);
        }

        return transpose && rank > 1 ? x.transpose(-1, -2) : x;
    }
}
