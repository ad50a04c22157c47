using MLTransfer.FineTuning.Runtime;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Runtime;

/// <summary>The operations that are not TorchSharp's own under another name, against TorchSharp's and against formulas.</summary>
public sealed class TensorArithmeticTests
{
    private static readonly float[] Values = [-100, -20, -1.5f, -0.25f, 0, 0.25f, 1.5f, 20, 100];

    [Fact]
    public void Softplus_ValuesAndGradients_AreTorchs() => AssertSame(static x => x.Softplus(), static x => x.softplus(1, 40));

    [Fact]
    public void Elu_ValuesAndGradients_AreTorchs() => AssertSame(static x => x.Elu(0.7), static x => x.elu(0.7));

    [Fact]
    public void Square_ValuesAndGradients_AreTorchs() => AssertSame(static x => x.Square(), static x => x.square());

    [Fact]
    public void SubtractedFrom_ValuesAndGradients_AreTorchs() => AssertSame(static x => x.SubtractedFrom(0.3), static x => 0.3 - x);

    [Fact]
    public void HardtanhInPlace_ValuesAndGradients_AreTorchs() =>
        AssertSame(static x => x.Times(2).HardtanhInPlace(-1, 4), static x => (x * 2).clamp(-1, 4));

    [Fact]
    public void Clamp_OneBound_LeavesTheOtherSideOpen()
    {
        using Tensor x = tensor(Values);
        using Tensor clamped = x.Clamp(null, 1);

        Assert.Equal([.. Values.Select(static value => Math.Min(value, 1))], clamped.data<float>().ToArray());
    }

    [Fact]
    public void WholeTensor_WholeNumber_StaysWhole()
    {
        using Tensor x = tensor(new long[] { 1, 2, 3 });

        Assert.Equal([ScalarType.Int64, ScalarType.Int64, ScalarType.Float32, ScalarType.Float32], [x.Plus(1).dtype, x.Times(2).dtype, x.Plus(0.5).dtype, x.Times(0.5).dtype]);
        Assert.Equal([0, 1, 2], TensorArithmetic.Range(3, CPU).data<long>().ToArray());
        Assert.Equal([0, 1, 2], TensorArithmetic.Range(3, CPU, ScalarType.Float64).data<double>().ToArray());
    }

    [Fact]
    public void ToNumber_AnyType_IsTheNumber()
    {
        Assert.Equal(0.25, tensor(0.25f, requires_grad: true).ToNumber());
        Assert.Equal(1L << 40, tensor(1L << 40).ToNumber());
    }

    private static void AssertSame(Func<Tensor, Tensor> ours, Func<Tensor, Tensor> torch)
    {
        (float[] values, float[] gradients) = ValuesAndGradients(ours);
        (float[] expected, float[] expectedGradients) = ValuesAndGradients(torch);
        for (int i = 0; i < Values.Length; i++)
        {
            Assert.Equal(expected[i], values[i], 1e-6 * Math.Max(1, Math.Abs(expected[i])));
            Assert.Equal(expectedGradients[i], gradients[i], 1e-6 * Math.Max(1, Math.Abs(expectedGradients[i])));
        }
    }

    private static (float[] Values, float[] Gradients) ValuesAndGradients(Func<Tensor, Tensor> function)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(Values, requires_grad: true);
        Tensor y = function(x);
        y.sum().backward();
        return (y.detach().data<float>().ToArray(), x.grad!.data<float>().ToArray());
    }
}
