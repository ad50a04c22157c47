using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Activation functions.</summary>
internal static class Activations
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        Of("Relu", 6, (_, x) => x.relu()),
        Of("Sigmoid", 6, (_, x) => x.sigmoid()),
        Of("LeakyRelu", 6, alpha => (_, x) => x.LeakyRelu(alpha), 0.01f),
        Of("Elu", 6, alpha => (_, x) => x.Elu(alpha), 1f),
        Of("ThresholdedRelu", 10, alpha => (_, x) => x * x.Gt(alpha).to(x.dtype), 1f),
        OperatorDefinition.Of("Celu", 12, node =>
        {
            float alpha = node.Attributes.Float("alpha", 1f);
            return inputs => inputs.Tensor(0).Celu(alpha);
        }),
        OperatorDefinition.Of("Selu", 6, Selu),
        OperatorDefinition.Of("Gelu", 20, node => Gelu(node.Attributes.String("approximate", "none") == "tanh")),
        OperatorDefinition.Of("HardSigmoid", 6, node =>
        {
            float alpha = node.Attributes.Float("alpha", 0.2f);
            float beta = node.Attributes.Float("beta", 0.5f);
            return inputs => HardSigmoid(inputs.Tensor(0), alpha, beta);
        }),
        Of("HardSwish", 14, (_, x) => x.hardswish()),
        Of("Mish", 18, (_, x) => x * x.Softplus().tanh()),
        Of("Softplus", 1, (_, x) => x.Softplus()),
        Of("Softsign", 1, (_, x) => x / x.abs().Plus(1)),
        OperatorDefinition.Of("PRelu", 7, _ => inputs => PRelu(inputs.Tensor(0), inputs.Tensor(1))),
        OperatorDefinition.Of("Shrink", 9, Shrink),
        Of("Swish", 24, alpha => (_, x) => Swish(x, alpha), 1f),
        OperatorDefinition.Of("SwiGLU", 25, SwiGlu),
        OperatorDefinition.Of("Clip", 6, ClipAttributes),
        OperatorDefinition.Of("Clip", 11, _ => Clip) with { FormulaInputs = [1, 2] },
        OperatorDefinition.Of("Softmax", 1, node => OverTrailing(node, x => x.softmax(-1))),
        OperatorDefinition.Of("Softmax", 13, node => OverAxis(node, (x, axis) => x.softmax(axis))),
        OperatorDefinition.Of("LogSoftmax", 1, node => OverTrailing(node, x => x.log_softmax(-1))),
        OperatorDefinition.Of("LogSoftmax", 13, node => OverAxis(node, (x, axis) => x.log_softmax(axis))),
        OperatorDefinition.Of("Hardmax", 1, node => OverTrailing(node, x => Hardmax(x, -1))),
        OperatorDefinition.Of("Hardmax", 13, node => OverAxis(node, Hardmax)),
        OperatorDefinition.Of("Dropout", 7, _ => inputs => inputs.Tensor(0).alias()) with { Create = _ => Dropout, FormulaInputs = [1, 2], Limit = "inactive, as in inference" },
    ];

    /// <summary>Gelu by its definition, or by the tanh approximation.</summary>
    public static Func<OperatorInputs, GraphValue> Gelu(bool tanh) =>
        inputs => Gelu(inputs.Tensor(0), tanh);

    public static torch.Tensor Gelu(torch.Tensor x, bool tanh) => x.gelu(tanh ? TorchSharp.Modules.GELU.Approximate.tanh : TorchSharp.Modules.GELU.Approximate.none);

    public static torch.Tensor HardSigmoid(torch.Tensor x, double alpha, double beta) =>
        Math.Abs(alpha - (1.0 / 6)) < 1e-6 && beta == 0.5 ? x.hardsigmoid() : x.Times(alpha).Plus(beta).Clamp(0, 1);

    public static torch.Tensor Swish(torch.Tensor x, double alpha) => alpha == 1 ? x.silu() : x * x.Times(alpha).sigmoid();

    public static torch.Tensor PRelu(torch.Tensor x, torch.Tensor slope) => x.ClampMin(0).Plus(slope * x.ClampMax(0));

    private static OperatorDefinition Of(string name, int since, Func<OperatorInputs, torch.Tensor, torch.Tensor> function) =>
        OperatorDefinition.Of(name, since, _ => inputs => function(inputs, inputs.Tensor(0)));

    private static OperatorDefinition Of(string name, int since, Func<float, Func<OperatorInputs, torch.Tensor, torch.Tensor>> function, float alpha) =>
        OperatorDefinition.Of(name, since, node =>
        {
            Func<OperatorInputs, torch.Tensor, torch.Tensor> body = function(node.Attributes.Float("alpha", alpha));
            return inputs => body(inputs, inputs.Tensor(0));
        });

    private static Func<OperatorInputs, GraphValue> Selu(NodeContext node)
    {
        float alpha = node.Attributes.Float("alpha", 1.67326319217681884765625f);
        float gamma = node.Attributes.Float("gamma", 1.05070102214813232421875f);
        return inputs => inputs.Tensor(0).Elu(alpha).Times(gamma);
    }

    /// <summary>SwiGLU: the input's last axis holds gate and value side by side, or they come as two inputs.</summary>
    private static Func<OperatorInputs, GraphValue> SwiGlu(NodeContext node)
    {
        float alpha = node.Attributes.Float("alpha", 1f);
        return inputs =>
        {
            if (inputs.Has(1))
            {
                return Swish(inputs.Tensor(0), alpha) * inputs.Tensor(1);
            }

            torch.Tensor[] halves = inputs.Tensor(0).chunk(2, -1);
            return Swish(halves[0], alpha) * halves[1];
        };
    }

    private static Func<OperatorInputs, GraphValue> Shrink(NodeContext node)
    {
        float bias = node.Attributes.Float("bias", 0f);
        float lambda = node.Attributes.Float("lambd", 0.5f);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            return (x.Plus(bias) * x.Lt(-lambda).to(x.dtype)).Plus(x.Minus(bias) * x.Gt(lambda).to(x.dtype));
        };
    }

    private static Func<OperatorInputs, GraphValue> ClipAttributes(NodeContext node)
    {
        double low = node.Attributes.Float("min", float.MinValue);
        double high = node.Attributes.Float("max", float.MaxValue);
        return inputs => inputs.Tensor(0).Clamp(low, high);
    }

    /// <summary>Clip: the upper bound wins where the bounds cross.</summary>
    private static GraphValue Clip(OperatorInputs inputs)
    {
        if (inputs.Host(0) is { } host && (!inputs.Has(1) || inputs.Host(1) is not null) && (!inputs.Has(2) || inputs.Host(2) is not null))
        {
            long low = inputs.Host(1)?.Data[0] ?? long.MinValue;
            long high = inputs.Host(2)?.Data[0] ?? long.MaxValue;
            return host.Map(value => Math.Min(Math.Max(value, low), high));
        }

        torch.Tensor x = inputs.Tensor(0);
        torch.Tensor? minimum = inputs.OptionalTensor(1);
        torch.Tensor? maximum = inputs.OptionalTensor(2);
        if (minimum is null && maximum is null)
        {
            return x.alias();
        }

        // One call with numbers saves two passes over the data.
        return x.is_floating_point()
            ? x.Clamp(minimum is null ? null : inputs.Number(1), maximum is null ? null : inputs.Number(2))
            : x.clamp(minimum?.reshape(), maximum?.reshape());
    }

    private static GraphValue?[] Dropout(OperatorInputs inputs)
    {
        torch.Tensor x = inputs.Tensor(0);
        return [x.alias(), torch.ones(x.shape, torch.ScalarType.Bool, x.device)];
    }

    private static torch.Tensor Hardmax(torch.Tensor x, long axis)
    {
        torch.Tensor first = x.argmax(axis, true);
        return torch.zeros_like(x).scatter(axis, first, torch.ones_like(first, x.dtype));
    }

    private static Func<OperatorInputs, GraphValue> OverAxis(NodeContext node, Func<torch.Tensor, long, torch.Tensor> function)
    {
        long axis = node.Attributes.Int("axis", -1);
        return inputs => function(inputs.Tensor(0), axis);
    }

    /// <summary>Before opset 13 the axes from <c>axis</c> on were flattened into one.</summary>
    private static Func<OperatorInputs, GraphValue> OverTrailing(NodeContext node, Func<torch.Tensor, torch.Tensor> function)
    {
        long axis = node.Attributes.Int("axis", 1);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            long from = axis < 0 ? axis + x.dim() : axis;
            return from == x.dim() - 1 ? function(x) : function(x.flatten((int)from)).reshape(x.shape);
        };
    }
}
