using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>ONNX's own attention operators.</summary>
internal static class Attentions
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        new(string.Empty, "Attention", 23, Attention),
        OperatorDefinition.Of("RotaryEmbedding", 23, node => Rotary(node, positionsFirst: false)),
        OperatorDefinition.Fused("RotaryEmbedding", node => Rotary(node, positionsFirst: true)),
        new(string.Empty, "LinearAttention", 1, LinearAttention),
    ];

    // q, k, v: [batch, heads, sequence, size] or [batch, sequence, heads · size]
    private static OperatorBody Attention(NodeContext node)
    {
        bool causal = node.Attributes.Flag("is_causal");
        double? givenScale = node.Attributes.Has("scale") ? node.Attributes.Float("scale", 0) : null;
        float softcap = node.Attributes.Float("softcap", 0f);
        long outputMode = node.Attributes.Int("qk_matmul_output_mode", 0);
        long left = node.Attributes.Int("left_window_size", -1);
        long right = node.Attributes.Int("right_window_size", -1);
        bool wantsScores = node.HasOutput(3);
        return inputs =>
        {
            torch.Tensor q = inputs.Tensor(0);
            torch.Tensor k = inputs.Tensor(1);
            torch.Tensor v = inputs.Tensor(2);
            bool joined = q.dim() == 3;
            if (joined)
            {
                q = AttentionCore.SplitHeads(q, node.Attributes.RequiredInt("q_num_heads"));
                k = AttentionCore.SplitHeads(k, node.Attributes.RequiredInt("kv_num_heads"));
                v = AttentionCore.SplitHeads(v, node.Attributes.RequiredInt("kv_num_heads"));
            }

            long past = 0;
            if (inputs.OptionalTensor(4) is { } pastKey)
            {
                past = pastKey.shape[2];
                k = torch.cat([pastKey, k], 2);
                v = torch.cat([inputs.Tensor(5), v], 2);
            }

            torch.Tensor presentKey = k;
            torch.Tensor presentValue = v;
            torch.Tensor? bias = Bias(inputs, q, k.shape[2], causal, past, left, right);
            double scale = givenScale ?? 1 / Math.Sqrt(q.shape[^1]);
            torch.Tensor y;
            torch.Tensor? scores = null;
            if (!wantsScores && softcap == 0 && bias is null)
            {
                y = AttentionCore.Fused(inputs, q, k, v, null, false, scale);
            }
            else
            {
                (k, v) = AttentionCore.RepeatHeads(q, k, v);
                (y, scores) = WithScores(q, k, v, bias, scale, softcap, outputMode);
            }

            return
            [
                joined ? AttentionCore.JoinHeads(y) : y,
                presentKey.alias(),
                presentValue.alias(),
                wantsScores ? scores! : (GraphValue?)null,
            ];
        };
    }

    /// <summary>Attention step by step, where the scores are asked for or capped, or a row may have no key at all.</summary>
    private static (torch.Tensor Y, torch.Tensor Scores) WithScores(
        torch.Tensor q, torch.Tensor k, torch.Tensor v, torch.Tensor? bias, double scale, float softcap, long outputMode)
    {
        torch.Tensor raw = MatrixProduct.Of(q.Times(scale), k.transpose(-1, -2));
        torch.Tensor capped = softcap > 0 ? raw.Over(softcap).tanh().Times(softcap) : raw;
        torch.Tensor biased = bias is null ? capped : capped.Plus(bias);
        torch.Tensor probabilities = biased.softmax(-1);
        if (bias is not null)
        {
            // A query that sees no key gets zeros, not the NaN of 0/0.
            torch.Tensor blind = bias.amax([-1], true).Eq(double.NegativeInfinity);
            probabilities = probabilities.MaskedFill(blind, 0);
        }

        torch.Tensor scores = outputMode switch { 1 => capped, 2 => biased, 3 => probabilities, _ => raw };
        return (MatrixProduct.Of(probabilities, v), scores);
    }

    /// <summary>Everything that hides keys from queries, as one tensor that is added to the scores; null where nothing does.</summary>
    private static torch.Tensor? Bias(OperatorInputs inputs, torch.Tensor q, long keys, bool causal, long past, long left, long right)
    {
        torch.Tensor? bias = null;
        if (inputs.OptionalTensor(3) is { } mask)
        {
            bias = mask.dtype == torch.ScalarType.Bool ? Hide(mask.logical_not(), q) : mask;
            if (bias.shape[^1] < keys)
            {
                bias = torch.nn.functional.pad(bias, [0, keys - bias.shape[^1]], PaddingModes.Constant, double.NegativeInfinity);
            }
        }

        torch.Tensor? lengths = inputs.OptionalTensor(6);
        if (causal || left >= 0 || right >= 0)
        {
            // Distance of a query, counted from the start of all keys, to a key: [queries, keys] or [batch, 1, queries, keys].
            torch.Tensor query = TensorArithmetic.Range(q.shape[2], q.device).reshape(-1, 1);
            torch.Tensor distance = query - TensorArithmetic.Range(keys, q.device).reshape(1, -1);
            distance = lengths is null ? distance.Plus(past) : distance.Plus(lengths.to(torch.ScalarType.Int64).Minus(q.shape[2]).reshape(-1, 1, 1, 1));
            torch.Tensor hidden = torch.zeros_like(distance, torch.ScalarType.Bool);
            hidden = causal ? hidden.logical_or(distance.Lt(0)) : hidden;
            hidden = left >= 0 ? hidden.logical_or(distance.Gt(left)) : hidden;
            hidden = right >= 0 ? hidden.logical_or(distance.Lt(-right)) : hidden;
            bias = bias is null ? Hide(hidden, q) : bias.Plus(Hide(hidden, q));
        }

        if (lengths is not null)
        {
            torch.Tensor padding = TensorArithmetic.Range(keys, q.device).reshape(1, 1, 1, -1).ge(lengths.to(torch.ScalarType.Int64).reshape(-1, 1, 1, 1));
            bias = bias is null ? Hide(padding, q) : bias.Plus(Hide(padding, q));
        }

        return bias;
    }

    private static torch.Tensor Hide(torch.Tensor hidden, torch.Tensor like) =>
        torch.zeros(hidden.shape, like.dtype, like.device).MaskedFill(hidden, double.NegativeInfinity);

    /// <summary>Rotary position embedding (Su et al., 2021).</summary>
    // x: [batch, heads, sequence, size] or [batch, sequence, heads · size]; cos, sin: [positions, size / 2] or [batch, sequence, size / 2]
    private static Func<OperatorInputs, GraphValue> Rotary(NodeContext node, bool positionsFirst)
    {
        bool interleaved = node.Attributes.Flag("interleaved");
        long width = node.Attributes.Int("rotary_embedding_dim", 0);
        long heads = node.Attributes.Int("num_heads", 0);
        (int cosInput, int sinInput, int positionInput) = positionsFirst ? (2, 3, 1) : (1, 2, 3);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor cos = inputs.Tensor(cosInput);
            torch.Tensor sin = inputs.Tensor(sinInput);
            bool joined = x.dim() == 3;
            torch.Tensor split = joined ? AttentionCore.SplitHeads(x, heads > 0 ? heads : x.shape[2] / (2 * cos.shape[^1])) : x;
            if (inputs.OptionalTensor(positionInput) is { } positions)
            {
                torch.Tensor at = positions.to(torch.ScalarType.Int64);
                if (at.numel() == 1 && positionsFirst)
                {
                    // One number is the position of the first token.
                    at = TensorArithmetic.Range(split.shape[2], x.device).Plus(at.reshape(-1)).unsqueeze(0);
                }

                cos = cos.index_select(0, at.reshape(-1)).reshape([.. at.shape, cos.shape[^1]]);
                sin = sin.index_select(0, at.reshape(-1)).reshape([.. at.shape, sin.shape[^1]]);
            }

            torch.Tensor y = Rotate(split, cos.unsqueeze(1), sin.unsqueeze(1), width, interleaved);
            return joined ? AttentionCore.JoinHeads(y) : y;
        };
    }

    // x: [batch, heads, sequence, size]; cos, sin: [batch, 1, sequence, width / 2]
    internal static torch.Tensor Rotate(torch.Tensor x, torch.Tensor cos, torch.Tensor sin, long width, bool interleaved)
    {
        long size = x.shape[^1];
        width = width == 0 ? size : width;
        torch.Tensor turned = width == size ? x : x.narrow(-1, 0, width);
        torch.Tensor[] halves = interleaved
            ? [turned.slice(-1, 0, width, 2), turned.slice(-1, 1, width, 2)]
            : turned.chunk(2, -1);
        torch.Tensor real = (halves[0] * cos) - (halves[1] * sin);
        torch.Tensor imaginary = (halves[0] * sin).Plus(halves[1] * cos);
        torch.Tensor result = interleaved ? torch.stack([real, imaginary], -1).reshape(turned.shape) : torch.cat([real, imaginary], -1);
        return width == size ? result : torch.cat([result, x.narrow(-1, width, size - width)], -1);
    }

    /// <summary>Linear attention as a recurrence over a state, with decay and delta correction as the update rule says.</summary>
    // q: [batch, time, heads · size], k, v: [batch, time, key heads · size], state: [batch, key heads, size, value size]
    private static OperatorBody LinearAttention(NodeContext node)
    {
        long heads = node.Attributes.RequiredInt("q_num_heads");
        long keyHeads = node.Attributes.RequiredInt("kv_num_heads");
        string rule = node.Attributes.String("update_rule", "gated_delta");
        float givenScale = node.Attributes.Float("scale", 0f);
        bool gated = rule is "gated" or "gated_delta";
        bool delta = rule is "delta" or "gated_delta";
        return inputs =>
        {
            torch.Tensor q = AttentionCore.SplitHeads(inputs.Tensor(0), heads);
            torch.Tensor k = AttentionCore.SplitHeads(inputs.Tensor(1), keyHeads);
            torch.Tensor v = AttentionCore.SplitHeads(inputs.Tensor(2), keyHeads);
            long size = k.shape[^1];
            double scale = givenScale == 0 ? 1 / Math.Sqrt(size) : givenScale;
            torch.Tensor state = inputs.OptionalTensor(3) ?? torch.zeros([q.shape[0], keyHeads, size, v.shape[^1]], q.dtype, q.device);

            // decay: [batch, key heads, time, 1 or size], beta: [batch, key heads or 1, time, 1]
            torch.Tensor? decay = gated ? AttentionCore.SplitHeads(inputs.Tensor(4), keyHeads) : null;
            torch.Tensor? beta = delta ? inputs.Tensor(5).transpose(1, 2).unsqueeze(-1) : null;
            List<torch.Tensor> outputs = [];
            for (long t = 0; t < q.shape[2]; t++)
            {
                torch.Tensor key = k.select(2, t).unsqueeze(-1);
                torch.Tensor value = v.select(2, t).unsqueeze(-2);
                state = decay is null ? state : state * decay.select(2, t).exp().unsqueeze(-1);
                if (beta is not null)
                {
                    torch.Tensor recalled = (state * key).sum([-2L], true);
                    value = beta.select(2, t).unsqueeze(-1) * (value - recalled);
                }

                state = state.Plus(key * value);
                torch.Tensor read = heads == keyHeads ? state : state.repeat_interleave(heads / keyHeads, 1);
                outputs.Add((q.select(2, t).unsqueeze(-1) * read).sum([-2L]).Times(scale));
            }

            return [AttentionCore.JoinHeads(torch.stack(outputs, 2)), state];
        };
    }
}
