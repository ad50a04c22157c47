using MLTransfer.FineTuning.Runtime;
using Mono.Cecil;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Runtime;

/// <summary>That no number reaches Torch as a scalar that the garbage collector may free during the call; <see cref="TensorArithmetic"/> says why.</summary>
public sealed class HeldScalarsTests : IDisposable
{
    private readonly ModuleDefinition _torch = ModuleDefinition.ReadModule(typeof(torch).Assembly.Location);
    private readonly ModuleDefinition _ours = Read(typeof(TensorArithmetic));
    private readonly ModuleDefinition _tests = Read(typeof(HeldScalarsTests));
    private readonly UnheldScalars _unheld;

    public HeldScalarsTests() => _unheld = new UnheldScalars(_torch);

    [Fact]
    public void FineTuning_CallsOfTorch_HoldTheirScalars()
    {
        string[] found = [.. UnheldScalars.Methods(_ours).SelectMany(_unheld.In).Distinct().Order(StringComparer.Ordinal)];

        Assert.True(found.Length == 0, $"Use the operation of {nameof(TensorArithmetic)}, or hold the scalar in a using variable or a field:\n{string.Join('\n', found)}");
    }

    [Theory]
    [InlineData(nameof(Samples.Operator), "Tensor.op_Multiply")]
    [InlineData(nameof(Samples.SumOfTensors), "Tensor.op_Addition")]
    [InlineData(nameof(Samples.SumWithHeldScalar), "Tensor.add")]
    [InlineData(nameof(Samples.Conversion), "Scalar.op_Implicit")]
    [InlineData(nameof(Samples.Argument), "ScalarExtensionMethods.ToScalar")]
    [InlineData(nameof(Samples.Variable), "ScalarExtensionMethods.ToScalar")]
    [InlineData(nameof(Samples.ValueOfTensor), "TensorExtensionMethods.ToDouble")]
    public void In_UnheldScalar_NamesTheCall(string method, string expected) =>
        Assert.EndsWith($"{nameof(Samples)}.{method} → {expected}", Assert.Single(_unheld.In(Sample(method))), StringComparison.Ordinal);

    [Theory]
    [InlineData(nameof(Samples.UsingVariable))]
    [InlineData(nameof(Samples.OptionalUsingVariable))]
    [InlineData(nameof(Samples.Returned))]
    [InlineData(nameof(Samples.Captured))]
    public void In_HeldScalar_IsEmpty(string method) => Assert.Empty(_unheld.In(Sample(method)));

    public void Dispose()
    {
        _torch.Dispose();
        _ours.Dispose();
        _tests.Dispose();
    }

    private static ModuleDefinition Read(Type type) => ModuleDefinition.ReadModule(type.Assembly.Location, new ReaderParameters { ReadSymbols = true });

    private MethodDefinition Sample(string name) =>
        UnheldScalars.Methods(_tests).Single(method => method.DeclaringType.Name == nameof(Samples) && method.Name == name);

    /// <summary>What the rule is tried on; nobody calls these.</summary>
    internal static class Samples
    {
        public static Tensor Operator(Tensor x) => x * 0.5;

        public static Tensor SumOfTensors(Tensor x) => x + x;

        public static Tensor SumWithHeldScalar(Tensor x, Scalar held) => x.add(held);

        public static Tensor Conversion(Tensor x) => x.mul(0.5);

        public static Tensor Argument(Tensor x) => x.mul(0.5.ToScalar());

        public static Tensor Variable(Tensor x)
        {
            Scalar half = 0.5.ToScalar();
            return x.mul(half).div(half);
        }

        public static double ValueOfTensor(Tensor x) => x.ToDouble();

        public static Tensor UsingVariable(Tensor x)
        {
            using Scalar half = 0.5;
            return x.mul(half);
        }

        public static Tensor OptionalUsingVariable(Tensor x, double? bound)
        {
            using Scalar? low = bound?.ToScalar();
            return x.clamp(low);
        }

        public static Scalar Returned(bool isWhole) => isWhole ? 1L.ToScalar() : 0.5.ToScalar();

        public static Func<Tensor, Tensor> Captured()
        {
            Scalar half = 0.5.ToScalar();
            return x => x.mul(half);
        }
    }
}
