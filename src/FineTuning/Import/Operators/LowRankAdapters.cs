using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Networks;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Low-rank adapters as nodes of a trained graph (LoRA, Hu et al. 2021, arXiv:2106.09685). No file holds these.</summary>
internal static class LowRankAdapters
{
    /// <summary>Beside a product with a matrix.</summary>
    public const string Product = "LowRankProduct";

    /// <summary>Beside a convolution.</summary>
    public const string Convolution = "LowRankConvolution";

    /// <summary>In the place of a weight.</summary>
    public const string Sum = "LowRankSum";

    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of(Product, 1, ProductOf) with { Domain = RewrittenOperators.Domain },
        OperatorDefinition.Of(Convolution, 1, ConvolutionOf) with { Domain = RewrittenOperators.Domain },
        OperatorDefinition.Of(Sum, 1, SumOf) with { Domain = RewrittenOperators.Domain },
    ];

    // x: […, inputs], a: […, rank, inputs], b: […, outputs, rank] → […, outputs]
    private static Func<OperatorInputs, GraphValue> ProductOf(NodeContext node)
    {
        float scale = node.Attributes.Float("scale", 1), dropout = node.Attributes.Float("dropout", 0);
        return inputs =>
        {
            torch.Tensor x = Dropped(inputs, dropout);
            torch.Tensor inner = LinearAlgebra.MatMul(inputs, x, inputs.Tensor(1).transpose(-1, -2)).Times(scale);
            return LinearAlgebra.MatMul(inputs, inner, inputs.Tensor(2).transpose(-1, -2));
        };
    }

    // x: [batch, channels, spatial…], a: [rank, channels, kernel…], b: [filters, rank] → [batch, filters, spatial…]
    private static Func<OperatorInputs, GraphValue> ConvolutionOf(NodeContext node)
    {
        float scale = node.Attributes.Float("scale", 1), dropout = node.Attributes.Float("dropout", 0);
        Func<OperatorInputs, GraphValue> first = Convolutions.Create(node);
        return inputs =>
        {
            torch.Tensor x = Dropped(inputs, dropout);
            torch.Tensor inner = first(new OperatorInputs([x, inputs.Value(1)], inputs.State)).ExistingTensor!.Times(scale);
            torch.Tensor b = inputs.Tensor(2);
            int axes = (int)inner.dim() - 2;
            long[] ones = [.. Enumerable.Repeat(1L, axes)];
            return Convolutions.Convolve(inner, b.reshape([.. b.shape, .. ones]), null, ones, new long[axes], ones, 1);
        };
    }

    private static torch.Tensor Dropped(OperatorInputs inputs, double rate) =>
        inputs.State.Training ? GeneratedDropout.Of(inputs.Tensor(0), rate, inputs.State.Generator) : inputs.Tensor(0);

    // weight: its own shape, a: […, rank, inputs] or [rank, channels, kernel…], b: […, outputs, rank]
    private static Func<OperatorInputs, GraphValue> SumOf(NodeContext node)
    {
        float scale = node.Attributes.Float("scale", 1);
        bool turned = node.Attributes.Flag("turned");
        return inputs =>
        {
            torch.Tensor weight = inputs.Tensor(0), a = inputs.Tensor(1), b = inputs.Tensor(2);
            torch.Tensor product = MatrixProduct.Of(b, b.dim() == 2 ? a.flatten(1) : a).Times(scale);
            return weight.Plus(turned ? product.transpose(-1, -2) : product.reshape(weight.shape));
        };
    }
}
