using MLTransfer.FineTuning.Runtime;
using Mono.Cecil;
using Mono.Cecil.Cil;
using TorchSharp;

namespace MLTransfer.FineTuning.Tests.Runtime;

/// <summary>That no number reaches Torch as a scalar that the garbage collector may free during the call; <see cref="TensorArithmetic"/> says why.</summary>
public sealed class HeldScalarsTests
{
    // The methods of these are written so that the scalar lives on.
    private static readonly string[] _careful = [nameof(TensorArithmetic), nameof(Number)];

    [Fact]
    public void FineTuning_CallsOfTorch_HoldTheirScalars()
    {
        using ModuleDefinition torch = ModuleDefinition.ReadModule(typeof(torch).Assembly.Location);
        using ModuleDefinition ours = ModuleDefinition.ReadModule(typeof(TensorArithmetic).Assembly.Location);
        HashSet<string> unsafeCalls = WithCallers(torch);

        string[] found =
        [
            .. from method in Methods(ours)
               where !_careful.Contains(method.DeclaringType.Name)
               from callee in Callees(method)
               where IsConversion(callee) || unsafeCalls.Contains(callee.FullName)
               select $"{method.DeclaringType.FullName}.{method.Name} calls {callee.DeclaringType.Name}.{callee.Name}: use the one of {nameof(TensorArithmetic)}.",
        ];

        Assert.Contains(unsafeCalls, static name => name.Contains("op_Addition(TorchSharp.torch/Tensor,TorchSharp.torch/Tensor)", StringComparison.Ordinal));
        Assert.True(found.Length == 0, string.Join(Environment.NewLine, found.Distinct()));
    }

    /// <summary>The methods of TorchSharp that convert a number to a scalar, and those that call one of them.</summary>
    private static HashSet<string> WithCallers(ModuleDefinition torch)
    {
        Dictionary<string, MethodReference[]> calls = Methods(torch)
            .Where(static method => method.DeclaringType.Name is not ("Scalar" or "ScalarExtensionMethods"))
            .DistinctBy(static method => method.FullName)
            .ToDictionary(static method => method.FullName, static method => Callees(method).ToArray());
        HashSet<string> found = [.. calls.Where(static call => call.Value.Any(IsConversion)).Select(static call => call.Key)];
        int before;
        do
        {
            before = found.Count;
            found.UnionWith(calls.Where(call => call.Value.Any(callee => found.Contains(callee.FullName))).Select(static call => call.Key));
        }
        while (found.Count > before);
        return found;
    }

    private static bool IsConversion(MethodReference callee) => callee.DeclaringType.Name switch
    {
        "Scalar" => callee.Name == "op_Implicit",
        "ScalarExtensionMethods" => callee.Name.EndsWith("ToScalar", StringComparison.Ordinal) || callee.Name.EndsWith("16Scalar", StringComparison.Ordinal),
        "TensorExtensionMethods" => callee.Name == "ToScalar",
        _ => false,
    };

    private static IEnumerable<MethodDefinition> Methods(ModuleDefinition module) =>
        module.GetTypes().SelectMany(static type => type.Methods).Where(static method => method.HasBody);

    private static IEnumerable<MethodReference> Callees(MethodDefinition method) =>
        method.Body.Instructions.Select(static (Instruction instruction) => instruction.Operand).OfType<MethodReference>().Select(static callee => callee.GetElementMethod());
}
