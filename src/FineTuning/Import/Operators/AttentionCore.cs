using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Scaled dot-product attention, the part that all attention operators share (Vaswani et al., 2017).</summary>
internal static class AttentionCore
{
    /// <summary>Attention by Torch's fused kernel, with the scores never stored.</summary>
    /// <param name="inputs">The node's inputs, for the precision.</param>
    /// <param name="q">[batch, heads, queries, size]</param>
    /// <param name="k">[batch, key heads, keys, size]; heads is a multiple of key heads</param>
    /// <param name="v">[batch, key heads, keys, value size]</param>
    /// <param name="bias">What is added to the scores (float) or says which keys are seen (bool); broadcasts to [batch, heads, queries, keys].</param>
    /// <param name="causal">Whether query i sees the keys up to i only.</param>
    /// <param name="scale">Factor of the scores; null for 1 / √size.</param>
    public static torch.Tensor Fused(OperatorInputs inputs, torch.Tensor q, torch.Tensor k, torch.Tensor v, torch.Tensor? bias, bool causal, double? scale)
    {
        double usual = 1 / Math.Sqrt(q.shape[^1]);
        if (scale is { } factor && Math.Abs(factor - usual) > 1e-9)
        {
            q = q.Times(factor / usual);
        }

        (k, v) = RepeatHeads(q, k, v);
        if (inputs.State.Bfloat16 && q.dtype == torch.ScalarType.Float32)
        {
            const torch.ScalarType Half = torch.ScalarType.BFloat16;
            torch.Tensor? halfBias = bias is { dtype: torch.ScalarType.Float32 } ? bias.to(Half) : bias;
            return torch.nn.functional.scaled_dot_product_attention(q.to(Half), k.to(Half), v.to(Half), halfBias, 0, causal).to(torch.ScalarType.Float32);
        }

        return torch.nn.functional.scaled_dot_product_attention(q, k, v, bias, 0, causal);
    }

    /// <summary>Each key head for all the query heads of its group: [h0, h0, h1, h1, …].</summary>
    public static (torch.Tensor K, torch.Tensor V) RepeatHeads(torch.Tensor q, torch.Tensor k, torch.Tensor v)
    {
        long heads = q.shape[1];
        return (Repeat(k), Repeat(v));

        torch.Tensor Repeat(torch.Tensor x) => x.shape[1] == heads ? x : x.repeat_interleave(heads / x.shape[1], 1);
    }

    /// <summary>[batch, sequence, heads · size] → [batch, heads, sequence, size]</summary>
    public static torch.Tensor SplitHeads(torch.Tensor x, long heads)
    {
        long[] s = x.shape;
        return x.reshape(s[0], s[1], heads, s[2] / heads).transpose(1, 2);
    }

    /// <summary>[batch, heads, sequence, size] → [batch, sequence, heads · size]</summary>
    public static torch.Tensor JoinHeads(torch.Tensor x)
    {
        long[] s = x.shape;
        return x.transpose(1, 2).reshape(s[0], s[2], s[1] * s[3]);
    }
}
