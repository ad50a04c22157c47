using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Operators of any number of inputs that work element by element, and Where.</summary>
internal static class Variadic
{
    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        Of("Max", 8, (a, b) => a.maximum(b), Math.Max),
        Of("Min", 8, (a, b) => a.minimum(b), Math.Min),
        Of("Sum", 8, (a, b) => a.Plus(b), (a, b) => a + b),
        OperatorDefinition.Of("Mean", 8, _ => inputs => inputs.TensorsFrom(0).Aggregate((a, b) => a.Plus(b)).Over(inputs.Count)),
        OperatorDefinition.Of("Where", 9, _ => Where) with { FormulaInputs = [0] },
    ];

    private static OperatorDefinition Of(string name, int since, Func<torch.Tensor, torch.Tensor, torch.Tensor> function, Func<long, long, long> onIntegers) =>
        OperatorDefinition.Of(name, since, _ => inputs =>
        {
            HostIntegers? host = inputs.Host(0);
            for (int i = 1; host is not null && i < inputs.Count; i++)
            {
                host = inputs.Host(i) is { } other ? HostIntegers.Combine(host, other, host.Type, onIntegers) : null;
            }

            return host is not null ? host : inputs.Count == 1 ? inputs.Tensor(0).alias() : inputs.TensorsFrom(0).Aggregate(function);
        });

    private static GraphValue Where(OperatorInputs inputs)
    {
        if (inputs.Host(0) is { } condition && inputs.Host(1) is { } x && inputs.Host(2) is { } y
            && HostIntegers.Combine(x, y, x.Type, (_, _) => 0) is { } both
            && HostIntegers.Combine(condition, both, x.Type, (_, _) => 0) is { } all
            && condition.Expand(all.Shape) is { } c && x.Expand(all.Shape) is { } a && y.Expand(all.Shape) is { } b)
        {
            return new HostIntegers(x.Type, all.Shape, [.. c.Data.Select((value, i) => value != 0 ? a.Data[i] : b.Data[i])]);
        }

        torch.Tensor yes = inputs.Tensor(1);
        torch.Tensor no = inputs.Tensor(2);
        return yes.dtype == no.dtype
            ? torch.where(inputs.Tensor(0).to(torch.ScalarType.Bool), yes, no)
            : throw new ImportException($"the values are of types {yes.dtype} and {no.dtype}; one type was expected");
    }
}
