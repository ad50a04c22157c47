using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Operators of one input that work element by element.</summary>
internal static class Unary
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        Of("Abs", 6, x => x.abs(), Math.Abs),
        Of("Acos", 7, x => x.acos()),
        Of("Acosh", 9, x => x.acosh()),
        Of("Asin", 7, x => x.asin()),
        Of("Asinh", 9, x => x.asinh()),
        Of("Atan", 7, x => x.atan()),
        Of("Atanh", 9, x => x.atanh()),
        Of("BitwiseNot", 18, x => x.bitwise_not(), value => ~value),
        Of("Ceil", 6, x => x.ceil()),
        Of("Cos", 7, x => x.cos()),
        Of("Cosh", 9, x => x.cosh()),
        Of("Erf", 9, x => x.erf()),
        Of("Exp", 6, x => x.exp()),
        Of("Floor", 6, x => x.floor()),
        Of("IsNaN", 9, x => x.isnan()),
        OperatorDefinition.Of("IsInf", 10, IsInf),
        Of("Log", 6, x => x.log()),
        Of("Neg", 6, x => x.neg(), value => -value),
        Of("Not", 1, x => x.logical_not(), value => value == 0 ? 1 : 0),
        Of("Reciprocal", 6, x => x.reciprocal()),
        Of("Round", 11, x => x.round()),
        Of("Sign", 9, x => x.sign(), value => Math.Sign(value)),
        Of("Sin", 7, x => x.sin()),
        Of("Sinh", 9, x => x.sinh()),
        Of("Sqrt", 6, x => x.sqrt()),
        Of("Tan", 7, x => x.tan()),
        Of("Tanh", 6, x => x.tanh()),
    ];

    private static OperatorDefinition Of(string name, int since, Func<torch.Tensor, torch.Tensor> function, Func<long, long>? onIntegers = null) =>
        OperatorDefinition.Of(name, since, _ => inputs =>
            onIntegers is not null && inputs.Host(0) is { } host ? host.Map(onIntegers) : function(inputs.Tensor(0)));

    private static Func<OperatorInputs, GraphValue> IsInf(NodeContext node)
    {
        bool negative = node.Attributes.Flag("detect_negative", true);
        bool positive = node.Attributes.Flag("detect_positive", true);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            torch.Tensor infinite = x.isinf();
            return (negative, positive) switch
            {
                (true, true) => infinite,
                (true, false) => infinite.logical_and(x.Lt(0)),
                (false, true) => infinite.logical_and(x.Gt(0)),
                _ => torch.zeros_like(infinite),
            };
        };
    }
}
