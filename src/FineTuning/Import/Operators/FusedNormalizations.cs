using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>ONNX Runtime's fusions around a normalisation.</summary>
internal static class FusedNormalizations
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        new(OperatorDefinition.MicrosoftDomain, "SkipLayerNormalization", 1, node => Skip(node, false)),
        new(OperatorDefinition.MicrosoftDomain, "SkipSimplifiedLayerNormalization", 1, node => Skip(node, true)),
        new(OperatorDefinition.MicrosoftDomain, "EmbedLayerNormalization", 1, Embed),
        OperatorDefinition.Fused("SimplifiedLayerNormalization", node =>
        {
            float epsilon = node.Attributes.Float("epsilon", 1e-5f);
            long axis = node.Attributes.Int("axis", -1);
            return inputs => Normalizations.RmsNorm(inputs.Tensor(0), Axes.Normalize(axis, inputs.Tensor(0).dim()), inputs.OptionalTensor(1), epsilon);
        }),
        OperatorDefinition.Fused("LayerNormalization", node =>
        {
            float epsilon = node.Attributes.Float("epsilon", 1e-5f);
            long axis = node.Attributes.Int("axis", -1);
            return inputs => Normalizations.LayerNorm(inputs.Tensor(0), Axes.Normalize(axis, inputs.Tensor(0).dim()), inputs.OptionalTensor(1), inputs.OptionalTensor(2), epsilon);
        }),
        OperatorDefinition.Fused("GroupNorm", GroupNorm),
    ];

    // input, skip: [batch, sequence, hidden]; scale, shift, bias: [hidden]
    private static OperatorBody Skip(NodeContext node, bool simplified)
    {
        float epsilon = node.Attributes.Float("epsilon", 1e-5f);
        (int biasInput, int shiftInput) = simplified ? (3, -1) : (4, 3);
        bool wantsStatistics = node.HasOutput(1) || node.HasOutput(2);
        return inputs =>
        {
            torch.Tensor sum = inputs.Tensor(0).Plus(inputs.Tensor(1));
            sum = inputs.OptionalTensor(biasInput) is { } bias ? sum.Plus(bias) : sum;
            int last = (int)sum.dim() - 1;
            torch.Tensor y = simplified
                ? Normalizations.RmsNorm(sum, last, inputs.Tensor(2), epsilon)
                : Normalizations.LayerNorm(sum, last, inputs.Tensor(2), inputs.OptionalTensor(shiftInput), epsilon);
            GraphValue? mean = null;
            GraphValue? deviation = null;
            if (wantsStatistics)
            {
                torch.Tensor average = sum.mean([-1L], true);
                mean = average;
                deviation = (sum - average).Square().mean([-1L], true).Plus(epsilon).rsqrt();
            }

            return [y, mean, deviation, sum];
        };
    }

    // ids: [batch, sequence]; tables: [size, hidden] → [batch, sequence, hidden]
    private static OperatorBody Embed(NodeContext node)
    {
        float epsilon = node.Attributes.Float("epsilon", 1e-12f);
        return inputs =>
        {
            torch.Tensor ids = inputs.Tensor(0);
            torch.Tensor sum = LookUp(inputs.Tensor(2), ids);
            torch.Tensor positions = inputs.OptionalTensor(8) is { } given ? given.expand(ids.shape) : TensorArithmetic.Range(ids.shape[1], ids.device).unsqueeze(0).expand(ids.shape);
            sum = sum.Plus(LookUp(inputs.Tensor(3), positions));
            if (inputs.OptionalTensor(1) is { } segments && inputs.OptionalTensor(4) is { } segmentTable)
            {
                sum = sum.Plus(LookUp(segmentTable, segments));
            }

            torch.Tensor y = Normalizations.LayerNorm(sum, 2, inputs.Tensor(5), inputs.Tensor(6), epsilon);
            torch.Tensor lengths = inputs.OptionalTensor(7) is { } mask
                ? mask.sum([1L]).to(torch.ScalarType.Int32)
                : torch.zeros([ids.shape[0]], torch.ScalarType.Int32, ids.device);
            return [y, lengths, sum];
        };
    }

    private static torch.Tensor LookUp(torch.Tensor table, torch.Tensor ids) =>
        table.index_select(0, ids.to(torch.ScalarType.Int64).reshape(-1)).reshape([.. ids.shape, table.shape[1]]);

    // x: [batch, height, width, channels] unless channels_last = 0
    private static Func<OperatorInputs, GraphValue> GroupNorm(NodeContext node)
    {
        long groups = node.Attributes.RequiredInt("groups");
        float epsilon = node.Attributes.Float("epsilon", 1e-5f);
        bool channelsLast = node.Attributes.Flag("channels_last", true);
        bool silu = node.Attributes.Int("activation", 0) == 1;
        return inputs =>
        {
            torch.Tensor x = channelsLast ? inputs.Tensor(0).permute(0, 3, 1, 2) : inputs.Tensor(0);
            torch.Tensor y = torch.nn.functional.group_norm(x, groups, inputs.Tensor(1), inputs.Tensor(2), epsilon);
            y = silu ? y.silu() : y;
            return channelsLast ? y.permute(0, 2, 3, 1) : y;
        };
    }
}
