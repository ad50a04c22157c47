using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>ONNX Runtime's attention operators.</summary>
internal static class FusedAttentions
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        new(OperatorDefinition.MicrosoftDomain, "Attention", 1, Attention),
        new(OperatorDefinition.MicrosoftDomain, "MultiHeadAttention", 1, MultiHeadAttention),
        new(OperatorDefinition.MicrosoftDomain, "GroupQueryAttention", 1, GroupQueryAttention) { Limit = "whole sequences, without a cache" },
    ];

    // x: [batch, sequence, hidden], weights: [hidden, q + k + v], bias: [q + k + v]
    private static OperatorBody Attention(NodeContext node)
    {
        long heads = node.Attributes.RequiredInt("num_heads");
        bool causal = node.Attributes.Flag("unidirectional");
        long[]? sizes = node.Attributes.Ints("qkv_hidden_sizes");
        double? scale = Scale(node);
        float hidden = node.Attributes.Float("mask_filter_value", -10000f);
        if (node.Attributes.Flag("do_rotary"))
        {
            throw node.Unsupported("rotary positions inside the node have no rule");
        }

        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor projected = LinearAlgebra.MatMul(inputs, x, inputs.Tensor(1));
            projected = inputs.OptionalTensor(2) is { } bias ? projected.Plus(bias) : projected;
            long third = projected.shape[2] / 3;
            torch.Tensor[] parts = projected.split(sizes ?? [third, third, third], -1);
            torch.Tensor q = AttentionCore.SplitHeads(parts[0], heads);
            torch.Tensor k = AttentionCore.SplitHeads(parts[1], heads);
            torch.Tensor v = AttentionCore.SplitHeads(parts[2], heads);
            if (inputs.OptionalTensor(4) is { } past)
            {
                // past: [2, batch, heads, past, size]
                k = torch.cat([past.select(0, 0), k], 2);
                v = torch.cat([past.select(0, 1), v], 2);
            }

            torch.Tensor? mask = inputs.OptionalTensor(3) is { } given ? Mask(given, q, k.shape[2], hidden) : null;
            torch.Tensor y = Attend(inputs, q, k, v, Sum(mask, inputs.OptionalTensor(5)), causal, scale);
            return [AttentionCore.JoinHeads(y), node.HasOutput(1) ? torch.stack([k, v], 0) : (GraphValue?)null];
        };
    }

    // query, key, value: [batch, sequence, hidden]; key and value may be [batch, heads, sequence, size] already
    private static OperatorBody MultiHeadAttention(NodeContext node)
    {
        long heads = node.Attributes.RequiredInt("num_heads");
        bool causal = node.Attributes.Flag("unidirectional");
        double? scale = Scale(node);
        float hidden = node.Attributes.Float("mask_filter_value", -10000f);
        return inputs =>
        {
            torch.Tensor query = inputs.Tensor(0);
            torch.Tensor? key = inputs.OptionalTensor(1);
            torch.Tensor? value = inputs.OptionalTensor(2);
            if (query.dim() == 5)
            {
                // packed: [batch, sequence, heads, 3, size]
                (key, value) = (Flat(query.select(3, 1)), Flat(query.select(3, 2)));
                query = Flat(query.select(3, 0));
            }
            else if (key is not null && key.dim() == 5)
            {
                // packed: [batch, sequence, heads, 2, size]
                (key, value) = (Flat(key.select(3, 0)), Flat(key.select(3, 1)));
            }

            if (key is null || value is null)
            {
                throw new ImportException("neither key nor a packed query is given");
            }

            if (inputs.OptionalTensor(3) is { } bias)
            {
                long width = query.shape[2];
                query = query.Plus(bias.narrow(0, 0, width));
                if (key.dim() == 3)
                {
                    key = key.Plus(bias.narrow(0, width, key.shape[2]));
                    value = value.Plus(bias.narrow(0, width + key.shape[2], value.shape[2]));
                }
            }

            torch.Tensor q = AttentionCore.SplitHeads(query, heads);
            torch.Tensor k = key.dim() == 4 ? key : AttentionCore.SplitHeads(key, heads);
            torch.Tensor v = value.dim() == 4 ? value : AttentionCore.SplitHeads(value, heads);
            if (inputs.OptionalTensor(6) is { } pastKey)
            {
                k = torch.cat([pastKey, k], 2);
                v = torch.cat([inputs.Tensor(7), v], 2);
            }

            torch.Tensor? mask = inputs.OptionalTensor(4) is { } given ? Mask(given, q, k.shape[2], hidden) : null;
            torch.Tensor y = Attend(inputs, q, k, v, Sum(mask, inputs.OptionalTensor(5)), causal, scale);
            return [AttentionCore.JoinHeads(y), node.HasOutput(1) ? k.alias() : (GraphValue?)null, node.HasOutput(2) ? v.alias() : (GraphValue?)null];
        };

        static torch.Tensor Flat(torch.Tensor x) => x.reshape(x.shape[0], x.shape[1], -1);
    }

    // query: [batch, sequence, heads · size], key, value: [batch, sequence, key heads · size], lengths: [batch], last position of each
    private static OperatorBody GroupQueryAttention(NodeContext node)
    {
        long heads = node.Attributes.RequiredInt("num_heads");
        long keyHeads = node.Attributes.RequiredInt("kv_num_heads");
        bool rotary = node.Attributes.Flag("do_rotary");
        bool interleaved = node.Attributes.Flag("rotary_interleaved");
        long window = node.Attributes.Int("local_window_size", -1);
        double? scale = Scale(node);
        if (node.Attributes.Float("softcap", 0) != 0)
        {
            throw node.Unsupported("capped scores have no rule");
        }

        return inputs =>
        {
            torch.Tensor query = inputs.Tensor(0);
            torch.Tensor? key = inputs.OptionalTensor(1);
            torch.Tensor? value = inputs.OptionalTensor(2);
            if (key is null)
            {
                long size = query.shape[2] / (heads + (2 * keyHeads));
                torch.Tensor[] parts = query.split([heads * size, keyHeads * size, keyHeads * size], -1);
                (query, key, value) = (parts[0], parts[1], parts[2]);
            }

            if (inputs.OptionalTensor(3) is { } past && past.shape[2] > 0)
            {
                throw node.Unsupported("a cache of earlier keys has no rule");
            }

            torch.Tensor q = AttentionCore.SplitHeads(query, heads);
            torch.Tensor k = AttentionCore.SplitHeads(key, keyHeads);
            torch.Tensor v = AttentionCore.SplitHeads(value!, keyHeads);
            long sequence = q.shape[2];
            if (rotary)
            {
                torch.Tensor cos = inputs.Tensor(7).narrow(0, 0, sequence).reshape(1, 1, sequence, -1);
                torch.Tensor sin = inputs.Tensor(8).narrow(0, 0, sequence).reshape(1, 1, sequence, -1);
                q = Attentions.Rotate(q, cos, sin, 2 * cos.shape[^1], interleaved);
                k = Attentions.Rotate(k, cos, sin, 2 * cos.shape[^1], interleaved);
            }

            torch.Tensor position = TensorArithmetic.Range(sequence, q.device);
            torch.Tensor distance = position.unsqueeze(1) - position.unsqueeze(0);
            torch.Tensor seen = window < 0 ? distance.Ge(0) : distance.Ge(0).logical_and(distance.Lt(window));
            torch.Tensor y = AttentionCore.Fused(inputs, q, k, v, seen, false, scale);
            return [AttentionCore.JoinHeads(y), node.HasOutput(1) ? k.alias() : (GraphValue?)null, node.HasOutput(2) ? v.alias() : (GraphValue?)null];
        };
    }

    private static double? Scale(NodeContext node)
    {
        float scale = node.Attributes.Float("scale", 0f);
        return scale == 0 ? null : scale;
    }

    private static torch.Tensor Attend(OperatorInputs inputs, torch.Tensor q, torch.Tensor k, torch.Tensor v, torch.Tensor? bias, bool causal, double? scale)
    {
        if (causal && (bias is not null || k.shape[2] != q.shape[2]))
        {
            long past = k.shape[2] - q.shape[2];
            torch.Tensor later = torch.ones([q.shape[2], k.shape[2]], torch.ScalarType.Bool, q.device).triu(past + 1);
            bias = Sum(bias, torch.zeros(later.shape, q.dtype, q.device).MaskedFill(later, double.NegativeInfinity));
            causal = false;
        }

        return AttentionCore.Fused(inputs, q, k, v, bias, causal, scale);
    }

    private static torch.Tensor? Sum(torch.Tensor? a, torch.Tensor? b) => a is null ? b : b is null ? a : a.Plus(b);

    /// <summary>The mask in any of the forms that ONNX Runtime takes, as what is added to the scores.</summary>
    private static torch.Tensor Mask(torch.Tensor mask, torch.Tensor q, long keys, float hidden)
    {
        long batch = q.shape[0];
        torch.Tensor seen;
        switch (mask.dim())
        {
            case 1 when mask.shape[0] == batch:
                // Number of tokens, the rest is padding on the right.
                seen = TensorArithmetic.Range(keys, q.device).unsqueeze(0).lt(mask.to(torch.ScalarType.Int64).unsqueeze(1)).reshape(batch, 1, 1, keys);
                break;
            case 1 when mask.shape[0] == 2 * batch:
                // End positions, then start positions.
                torch.Tensor position = TensorArithmetic.Range(keys, q.device).unsqueeze(0);
                torch.Tensor bounds = mask.to(torch.ScalarType.Int64);
                seen = position.lt(bounds.narrow(0, 0, batch).unsqueeze(1)).logical_and(position.ge(bounds.narrow(0, batch, batch).unsqueeze(1))).reshape(batch, 1, 1, keys);
                break;
            case 2:
                seen = mask.Ne(0).reshape(mask.shape[0], 1, 1, mask.shape[1]);
                break;
            case 3:
                seen = mask.Ne(0).unsqueeze(1);
                break;
            case 4:
                seen = mask.Ne(0).narrow(2, mask.shape[2] - q.shape[2] < 0 ? 0 : keys - q.shape[2], Math.Min(mask.shape[2], q.shape[2])).narrow(3, 0, Math.Min(mask.shape[3], keys));
                break;
            default:
                throw new ImportException($"a mask of the shape [{string.Join(", ", mask.shape)}] has no meaning here");
        }

        return torch.zeros(seen.shape, q.dtype, q.device).MaskedFill(seen.logical_not(), hidden);
    }
}
