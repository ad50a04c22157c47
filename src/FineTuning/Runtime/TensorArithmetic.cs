using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Runtime;

/// <summary>
/// TorchSharp's operations that take a number. TorchSharp 0.107 reads the handle of a <see cref="Scalar"/> and does not keep it alive during the native call:
/// the garbage collector frees one that was converted for this call only while Torch reads it, and Torch fails with "toDouble … Expected false to be true".
/// The operators of <see cref="Tensor"/> make such scalars themselves, the sum of two tensors too: <c>add</c> without a factor makes one of 1. Here each lives
/// until the call has returned. A test looks for uses of TorchSharp's own.
/// </summary>
internal static class TensorArithmetic
{
    private static readonly Scalar Zero = 0L.ToScalar();
    private static readonly Scalar One = 1L.ToScalar();

    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    // Not Plus(Number): a number converts to a tensor too, and the call would be ambiguous.
    public static Tensor Plus(this Tensor x, long y) => Sum(x, y);

    public static Tensor Plus(this Tensor x, double y) => Sum(x, y);

    public static Tensor PlusInPlace(this Tensor x, Tensor y) => x.add_(y, One);

    public static Tensor Minus(this Tensor x, Number y) => With(x, y, static (x, number) => x.sub(number));

    public static Tensor Times(this Tensor x, Number y) => With(x, y, static (x, number) => x.mul(number));

    public static Tensor TimesInPlace(this Tensor x, Number y) => With(x, y, static (x, number) => x.mul_(number));

    public static Tensor Over(this Tensor x, Number y) => With(x, y, static (x, number) => x.div(number));

    public static Tensor OverInPlace(this Tensor x, Number y) => With(x, y, static (x, number) => x.div_(number));

    public static Tensor FloorDivide(this Tensor x, Number y) => With(x, y, static (x, number) => x.floor_divide(number));

    public static Tensor Remainder(this Tensor x, Number y) => With(x, y, static (x, number) => x.remainder(number));

    public static Tensor Pow(this Tensor x, Number y) => With(x, y, static (x, number) => x.pow(number));

    public static Tensor ClampMin(this Tensor x, Number y) => With(x, y, static (x, number) => x.clamp_min(number));

    public static Tensor ClampMax(this Tensor x, Number y) => With(x, y, static (x, number) => x.clamp_max(number));

    public static Tensor LeakyRelu(this Tensor x, Number y) => With(x, y, static (x, number) => x.leaky_relu(number));

    public static Tensor Celu(this Tensor x, Number y) => With(x, y, static (x, number) => x.celu(number));

    public static Tensor Eq(this Tensor x, Number y) => With(x, y, static (x, number) => x.eq(number));

    public static Tensor Ne(this Tensor x, Number y) => With(x, y, static (x, number) => x.ne(number));

    public static Tensor Gt(this Tensor x, Number y) => With(x, y, static (x, number) => x.gt(number));

    public static Tensor Ge(this Tensor x, Number y) => With(x, y, static (x, number) => x.ge(number));

    public static Tensor Lt(this Tensor x, Number y) => With(x, y, static (x, number) => x.lt(number));

    /// <summary>The number less the tensor.</summary>
    public static Tensor SubtractedFrom(this Tensor x, Number y)
    {
        using Tensor negative = x.neg();
        return Sum(negative, y);
    }

    public static Tensor Square(this Tensor x) => x * x;

    public static Tensor Clamp(this Tensor x, Number? minimum, Number? maximum)
    {
        using Scalar? low = minimum?.ToScalar();
        using Scalar? high = maximum?.ToScalar();
        return x.clamp(low, high);
    }

    /// <summary>As <see cref="Clamp"/>, in place, and fit for a backward pass, which reads the result in the place of what was overwritten.</summary>
    public static Tensor HardtanhInPlace(this Tensor x, Number minimum, Number maximum)
    {
        using Scalar low = minimum.ToScalar();
        using Scalar high = maximum.ToScalar();
        return x.hardtanh_(low, high);
    }

    /// <summary>log(1 + exp(x)).</summary>
    public static Tensor Softplus(this Tensor x)
    {
        using Tensor zero = zeros([], x.dtype, x.device);
        return logaddexp(x, zero);
    }

    /// <summary>x where it is positive, else alpha · (exp(x) − 1).</summary>
    public static Tensor Elu(this Tensor x, Number alpha) => With(x, alpha, static (x, number) => x.elu(number, One, One));

    public static Tensor MaskedFill(this Tensor x, Tensor mask, Number y)
    {
        using Scalar number = y.ToScalar();
        return x.masked_fill(mask, number);
    }

    public static Tensor MaskedFillInPlace(this Tensor x, Tensor mask, Number y)
    {
        using Scalar number = y.ToScalar();
        return x.masked_fill_(mask, number);
    }

    /// <summary>The whole numbers from 0 on, <c>[length]</c>.</summary>
    public static Tensor Range(long length, Device device, ScalarType type = ScalarType.Int64)
    {
        using Scalar stop = length.ToScalar();
        return arange(Zero, stop, One, type, device);
    }

    public static Tensor Full(long[] shape, Number y, ScalarType type, Device device)
    {
        using Scalar number = y.ToScalar();
        return full(shape, number, type, device);
    }

    /// <summary>The number of a tensor of one element.</summary>
    public static double ToNumber(this Tensor x)
    {
        using Tensor detached = x.detach();
        using Tensor host = detached.to(ScalarType.Float64, CPU);
        return host.data<double>()[0];
    }

    private static Tensor Sum(Tensor x, Number y) => With(x, y, static (x, number) => x.add(number, One));

    private static Tensor With(Tensor x, Number y, Func<Tensor, Scalar, Tensor> operation)
    {
        using Scalar number = y.ToScalar();
        return operation(x, number);
    }
}
