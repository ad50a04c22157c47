using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Operators of two inputs that work element by element, with broadcasting.</summary>
internal static class Binary
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        Of("Add", 7, (a, b) => a.Plus(b), (a, b) => a + b),
        Of("Sub", 7, (a, b) => a.sub(b), (a, b) => a - b),
        Of("Mul", 7, (a, b) => a.mul(b), (a, b) => a * b),
        Of("Div", 7, Divide, (a, b) => b == 0 ? null : a / b),
        OperatorDefinition.Of("Mod", 10, Mod),
        OperatorDefinition.Of("Pow", 7, Pow) with { FormulaInputs = [1] },
        Compare("Equal", 7, (a, b) => a.eq(b), (a, b) => a == b),
        Compare("Greater", 7, (a, b) => a.gt(b), (a, b) => a > b),
        Compare("GreaterOrEqual", 12, (a, b) => a.ge(b), (a, b) => a >= b),
        Compare("Less", 7, (a, b) => a.lt(b), (a, b) => a < b),
        Compare("LessOrEqual", 12, (a, b) => a.le(b), (a, b) => a <= b),
        Compare("And", 7, (a, b) => a.logical_and(b), (a, b) => (a & b) != 0),
        Compare("Or", 7, (a, b) => a.logical_or(b), (a, b) => (a | b) != 0),
        Compare("Xor", 7, (a, b) => a.logical_xor(b), (a, b) => (a ^ b) != 0),
        Of("BitwiseAnd", 18, (a, b) => a.bitwise_and(b), (a, b) => a & b),
        Of("BitwiseOr", 18, (a, b) => a.bitwise_or(b), (a, b) => a | b),
        Of("BitwiseXor", 18, (a, b) => a.bitwise_xor(b), (a, b) => a ^ b),
        OperatorDefinition.Of("BitShift", 11, BitShift),
    ];

    private static OperatorDefinition Of(string name, int since, Func<torch.Tensor, torch.Tensor, torch.Tensor> function, Func<long, long, long?> onIntegers) =>
        OperatorDefinition.Of(name, since, _ => inputs => OnIntegers(inputs, onIntegers) ?? function(inputs.Tensor(0), SameType(inputs)));

    private static OperatorDefinition Compare(string name, int since, Func<torch.Tensor, torch.Tensor, torch.Tensor> function, Func<long, long, bool> onIntegers) =>
        OperatorDefinition.Of(name, since, _ => inputs =>
            inputs.Host(0) is { } a && inputs.Host(1) is { } b && HostIntegers.Combine(a, b, torch.ScalarType.Bool, (x, y) => onIntegers(x, y) ? 1 : 0) is { } host
                ? (GraphValue)host
                : function(inputs.Tensor(0), SameType(inputs)));

    private static GraphValue? OnIntegers(OperatorInputs inputs, Func<long, long, long?> function)
    {
        if (inputs.Host(0) is not { } a || inputs.Host(1) is not { } b)
        {
            return null;
        }

        bool defined = true;
        HostIntegers? result = HostIntegers.Combine(a, b, a.Type, (x, y) =>
        {
            long? value = function(x, y);
            defined &= value is not null;
            return value ?? 0;
        });
        return defined && result is not null ? new GraphValue(result.As(a.Type)) : null;
    }

    /// <summary>The second input, which ONNX wants to be of the type of the first. Torch would promote in silence.</summary>
    private static torch.Tensor SameType(OperatorInputs inputs)
    {
        torch.Tensor a = inputs.Tensor(0);
        torch.Tensor b = inputs.Tensor(1);
        if (a.dtype != b.dtype)
        {
            throw new ImportException($"the inputs are of types {a.dtype} and {b.dtype}; one type was expected");
        }

        // Where both grow: a column and a row become a matrix.
        long[] left = a.shape;
        long[] right = b.shape;
        if (!left.AsSpan().SequenceEqual(right) && left.Length > 0 && right.Length > 0)
        {
            ResultSize.Within([.. Enumerable.Range(1, Math.Max(left.Length, right.Length)).Select(i => Math.Max(i <= left.Length ? left[^i] : 1, i <= right.Length ? right[^i] : 1))]);
        }

        return b;
    }

    private static torch.Tensor Divide(torch.Tensor a, torch.Tensor b) =>
        a.is_floating_point() ? a.div(b) : a.div(b, torch.RoundingMode.trunc);

    /// <summary>Mod: the sign follows the divisor, or the dividend with fmod = 1.</summary>
    private static Func<OperatorInputs, GraphValue> Mod(NodeContext node)
    {
        bool fmod = node.Attributes.Flag("fmod");
        return inputs =>
            OnIntegers(inputs, (a, b) => b == 0 ? null : fmod ? a % b : ((a % b) + b) % b)
            ?? (fmod ? inputs.Tensor(0).fmod(SameType(inputs)) : inputs.Tensor(0).remainder(SameType(inputs)));
    }

    /// <summary>Pow: the result has the type of the base.</summary>
    private static Func<OperatorInputs, GraphValue> Pow(NodeContext node)
    {
        // A constant exponent takes Torch's cheaper form, e.g. x·x for 2.
        double? exponent = node.Constant(1) is { } constant && HostIntegers.Count(constant.Shape) == 1 && constant.Rank == 0 ? constant.Numbers()[0] : null;
        return inputs =>
        {
            torch.Tensor a = inputs.Tensor(0);
            if (exponent is { } power && a.is_floating_point())
            {
                return a.Pow(power);
            }

            torch.Tensor b = inputs.Tensor(1);
            return a.dtype == b.dtype ? a.pow(b) : a.to(torch.promote_types(a.dtype, b.dtype)).pow(b).to(a.dtype);
        };
    }

    private static Func<OperatorInputs, GraphValue> BitShift(NodeContext node)
    {
        bool left = node.Attributes.String("direction", "LEFT") == "LEFT";
        return inputs => left ? torch.bitwise_left_shift(inputs.Tensor(0), inputs.Tensor(1)) : torch.bitwise_right_shift(inputs.Tensor(0), inputs.Tensor(1));
    }
}
