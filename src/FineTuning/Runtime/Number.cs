using TorchSharp;

namespace MLTransfer.FineTuning.Runtime;

/// <summary>A whole number or a fraction, which tensors of whole numbers tell apart: theirs stay whole with the one and become fractions with the other.</summary>
internal readonly struct Number
{
    private readonly bool _isWhole;
    private readonly long _whole;
    private readonly double _fraction;

    private Number(long whole) => (_isWhole, _whole) = (true, whole);

    private Number(double fraction) => _fraction = fraction;

    public static implicit operator Number(int value) => new((long)value);

    public static implicit operator Number(long value) => new(value);

    public static implicit operator Number(float value) => new((double)value);

    public static implicit operator Number(double value) => new(value);

    /// <summary>The number as Torch takes it; the caller disposes of it after the call that reads it.</summary>
    public Scalar ToScalar() => _isWhole ? _whole.ToScalar() : _fraction.ToScalar();
}
