using TorchSharp;

namespace MLTransfer.FineTuning.Import.Values;

/// <summary>A small integer or boolean tensor that lives in managed memory: what shape arithmetic computes with.</summary>
/// <remarks>Sizes, axes and indices of a graph never become Torch tensors: a call into the library would cost more than the arithmetic.</remarks>
/// <param name="type">Int64, Int32 or Bool (0 and 1).</param>
/// <param name="shape">Dimensions; empty for a scalar.</param>
/// <param name="data">The elements in row-major order.</param>
internal sealed class HostIntegers(torch.ScalarType type, long[] shape, long[] data)
{
    /// <summary>Larger tensors are not kept in managed memory.</summary>
    public const int Limit = 1024;

    public torch.ScalarType Type { get; } = type;

    public long[] Shape { get; } = shape;

    public long[] Data { get; } = data;

    public int Rank => Shape.Length;

    public static HostIntegers Vector(long[] data) => new(torch.ScalarType.Int64, [data.Length], data);

    public static HostIntegers Scalar(long value) => new(torch.ScalarType.Int64, [], [value]);

    public static bool IsHostType(torch.ScalarType type) => type is torch.ScalarType.Int64 or torch.ScalarType.Int32 or torch.ScalarType.Bool;

    public HostIntegers As(torch.ScalarType type) => new(type, Shape, type == torch.ScalarType.Bool ? Array.ConvertAll(Data, value => value != 0 ? 1L : 0) : type == torch.ScalarType.Int32 ? Array.ConvertAll(Data, value => (long)unchecked((int)value)) : Data);

    public HostIntegers Map(Func<long, long> function) => new(Type, Shape, Array.ConvertAll(Data, value => function(value)));

    /// <summary>Combines two tensors element by element, broadcasting as ONNX does; null where the result would be too large or the shapes don't fit.</summary>
    public static HostIntegers? Combine(HostIntegers a, HostIntegers b, torch.ScalarType type, Func<long, long, long> function)
    {
        if (BroadcastShape(a.Shape, b.Shape) is not { } shape)
        {
            return null;
        }

        long[] result = new long[Count(shape)];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = function(a.Data[a.Offset(i, shape)], b.Data[b.Offset(i, shape)]);
        }

        return new HostIntegers(type, shape, result);
    }

    /// <summary>The tensor expanded to a shape that it broadcasts with; null where it does not.</summary>
    public HostIntegers? Expand(long[] target)
    {
        if (BroadcastShape(Shape, target) is not { } shape)
        {
            return null;
        }

        long[] result = new long[Count(shape)];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = Data[Offset(i, shape)];
        }

        return new HostIntegers(Type, shape, result);
    }

    public torch.Tensor ToTensor(torch.Device device)
    {
        switch (Type)
        {
            case torch.ScalarType.Int64:
                return torch.tensor(Data, Shape, device: device);
            case torch.ScalarType.Int32:
                return torch.tensor(Array.ConvertAll(Data, value => (int)value), Shape, device: device);
            default:
                return torch.tensor(Array.ConvertAll(Data, value => value != 0), Shape, device: device);
        }
    }

    public static long Count(ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (long dimension in shape)
        {
            count *= dimension;
        }

        return count;
    }

    private static long[]? BroadcastShape(long[] a, long[] b)
    {
        long[] shape = new long[Math.Max(a.Length, b.Length)];
        long count = 1;
        for (int i = 1; i <= shape.Length; i++)
        {
            long left = i <= a.Length ? a[^i] : 1;
            long right = i <= b.Length ? b[^i] : 1;
            if (left < 0 || right < 0 || (left != right && left != 1 && right != 1))
            {
                return null;
            }

            shape[^i] = left == 1 ? right : left;
            if (shape[^i] > Limit || (count *= shape[^i]) > Limit)
            {
                return null;
            }
        }

        return shape;
    }

    /// <summary>The place in this tensor of element <paramref name="index"/> of a broadcast shape.</summary>
    private int Offset(int index, long[] shape)
    {
        if (Data.Length == 1)
        {
            return 0;
        }

        long offset = 0;
        long stride = 1;
        for (int i = 1; i <= Shape.Length; i++)
        {
            long dimension = shape[^i];
            long position = index % dimension;
            index /= (int)dimension;
            if (Shape[^i] != 1)
            {
                offset += position * stride;
            }

            stride *= Shape[^i];
        }

        return (int)offset;
    }
}
