using System.Runtime.InteropServices;
using Google.Protobuf;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Onnx;

/// <summary>Reads and makes tensors. ONNX stores raw data little-endian, or in typed fields.</summary>
internal static class TensorData
{
    /// <summary>Dims that an error shows.</summary>
    private const int LongestShape = 8;

    /// <summary>Number of elements that the dims declare; 1 for a scalar.</summary>
    /// <exception cref="OnnxModelException">A dimension is negative, or the product does not fit into 64 bits.</exception>
    public static long ElementCount(TensorProto tensor)
    {
        long count = 1;
        foreach (long dim in tensor.Dims)
        {
            if (dim < 0)
            {
                throw new OnnxModelException($"Tensor '{tensor.Name}' has a negative dimension: {Shape(tensor)}.");
            }

            try
            {
                count = checked(count * dim);
            }
            catch (OverflowException exception)
            {
                throw new OnnxModelException(
                    $"Tensor '{tensor.Name}' has more elements than a computer can count: {Shape(tensor)}.", exception);
            }
        }

        return count;
    }

    /// <summary>The dims as errors show them: <c>[2, 3]</c>.</summary>
    public static string Shape(TensorProto tensor) =>
        $"[{string.Join(", ", tensor.Dims.Take(LongestShape))}{(tensor.Dims.Count > LongestShape ? ", …" : string.Empty)}]";

    /// <summary>Bytes that elements of less than a byte take: they are packed, the first in the lowest bits.</summary>
    public static long Packed(long count, int bits) => (count / (8 / bits)) + (count % (8 / bits) > 0 ? 1 : 0);

    /// <summary>Entries of the field that elements of this type are stored in where there is no raw data.</summary>
    public static int TypedCount(TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Float or DataType.Complex64 => tensor.FloatData.Count,
        DataType.Double or DataType.Complex128 => tensor.DoubleData.Count,
        DataType.Int64 => tensor.Int64Data.Count,
        DataType.Uint32 or DataType.Uint64 => tensor.Uint64Data.Count,
        DataType.String => tensor.StringData.Count,
        _ => tensor.Int32Data.Count,
    };

    /// <summary>Bytes of the raw form that dims and element type declare; null for strings and unknown types.</summary>
    public static long? ByteCount(TensorProto tensor)
    {
        long count = ElementCount(tensor);
        try
        {
            return ElementTypes.Bits(tensor.DataType) is int bits ? checked((count * bits) + 7) / 8 : null;
        }
        catch (OverflowException exception)
        {
            throw new OnnxModelException($"Tensor '{tensor.Name}' declares more bytes than a computer can count.", exception);
        }
    }

    /// <summary>The elements as float32; float16, bfloat16, double and integers are converted.</summary>
    /// <param name="tensor">A numeric tensor.</param>
    /// <param name="directory">The folder of the model, for external data.</param>
    public static float[] ToFloats(TensorProto tensor, string? directory = null)
    {
        long count = ElementCount(tensor);
        switch ((DataType)tensor.DataType)
        {
            case DataType.Float when Raw(tensor, directory) is { } raw:
                return MemoryMarshal.Cast<byte, float>(raw.Span).ToArray();
            case DataType.Float:
                return Exactly(tensor, [.. tensor.FloatData], count);
            case DataType.Double when Raw(tensor, directory) is { } raw:
                return Array.ConvertAll(MemoryMarshal.Cast<byte, double>(raw.Span).ToArray(), static value => (float)value);
            case DataType.Double:
                return Exactly(tensor, [.. tensor.DoubleData.Select(static value => (float)value)], count);
            case DataType.Float16 when Raw(tensor, directory) is { } raw:
                float[] halves = new float[raw.Length / 2];
                System.Numerics.Tensors.TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(raw.Span), halves);
                return halves;
            case DataType.Float16:
                return Exactly(tensor, [.. tensor.Int32Data.Select(static bits => (float)BitConverter.UInt16BitsToHalf((ushort)bits))], count);
            case DataType.Bfloat16 when Raw(tensor, directory) is { } raw:
                return Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(raw.Span).ToArray(), FromBfloat16);
            case DataType.Bfloat16:
                return Exactly(tensor, [.. tensor.Int32Data.Select(static bits => FromBfloat16((ushort)bits))], count);
            default:
                return Array.ConvertAll(ToLongs(tensor, directory), static value => (float)value);
        }
    }

    /// <summary>The elements of an integer or bool tensor as int64.</summary>
    /// <param name="tensor">An integer or bool tensor.</param>
    /// <param name="directory">The folder of the model, for external data.</param>
    public static long[] ToLongs(TensorProto tensor, string? directory = null)
    {
        long count = ElementCount(tensor);
        if (Raw(tensor, directory) is { } raw)
        {
            ReadOnlySpan<byte> span = raw.Span;
            return (DataType)tensor.DataType switch
            {
                DataType.Int64 => MemoryMarshal.Cast<byte, long>(span).ToArray(),
                DataType.Uint64 => MemoryMarshal.Cast<byte, long>(span).ToArray(),
                DataType.Int32 => Array.ConvertAll(MemoryMarshal.Cast<byte, int>(span).ToArray(), static value => (long)value),
                DataType.Uint32 => Array.ConvertAll(MemoryMarshal.Cast<byte, uint>(span).ToArray(), static value => (long)value),
                DataType.Int16 => Array.ConvertAll(MemoryMarshal.Cast<byte, short>(span).ToArray(), static value => (long)value),
                DataType.Uint16 => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(span).ToArray(), static value => (long)value),
                DataType.Int8 => Array.ConvertAll(MemoryMarshal.Cast<byte, sbyte>(span).ToArray(), static value => (long)value),
                DataType.Uint8 or DataType.Bool => Array.ConvertAll(span.ToArray(), static value => (long)value),
                _ => throw NotNumeric(tensor),
            };
        }

        return (DataType)tensor.DataType switch
        {
            DataType.Int64 => Exactly(tensor, [.. tensor.Int64Data], count),
            DataType.Uint64 or DataType.Uint32 => Exactly(tensor, [.. tensor.Uint64Data.Select(static value => unchecked((long)value))], count),
            DataType.Int32 or DataType.Int16 or DataType.Uint16 or DataType.Int8 or DataType.Uint8 or DataType.Bool =>
                Exactly(tensor, [.. tensor.Int32Data.Select(static value => (long)value)], count),
            _ => throw NotNumeric(tensor),
        };
    }

    /// <summary>The elements of a string tensor.</summary>
    public static string[] ToStrings(TensorProto tensor) =>
        (DataType)tensor.DataType == DataType.String
            ? [.. tensor.StringData.Select(static value => value.ToStringUtf8())]
            : throw new OnnxModelException($"Tensor '{tensor.Name}' has elements of type {ElementTypes.Name(tensor.DataType)}; expected string.");

    /// <summary>The raw bytes, in the tensor or in its external file; null where the data stands in a typed field.</summary>
    /// <exception cref="OnnxModelException">The data does not have the length that the dims declare.</exception>
    public static ReadOnlyMemory<byte>? Raw(TensorProto tensor, string? directory)
    {
        ReadOnlyMemory<byte> raw;
        if (ExternalData.IsExternal(tensor))
        {
            raw = ExternalData.Read(tensor, directory);
        }
        else if (tensor.HasRawData)
        {
            raw = tensor.RawData.Memory;
        }
        else
        {
            return null;
        }

        return ByteCount(tensor) == raw.Length ? raw : throw WrongLength(tensor, raw.Length);
    }

    /// <summary>The raw, little-endian form of a tensor, whatever field it is stored in.</summary>
    public static ReadOnlyMemory<byte> ToRaw(TensorProto tensor, string? directory = null)
    {
        if (Raw(tensor, directory) is { } raw)
        {
            return raw;
        }

        byte[] bytes = (DataType)tensor.DataType switch
        {
            DataType.Float => MemoryMarshal.AsBytes<float>(tensor.FloatData.ToArray()).ToArray(),
            DataType.Double => MemoryMarshal.AsBytes<double>(tensor.DoubleData.ToArray()).ToArray(),
            DataType.Int64 => MemoryMarshal.AsBytes<long>(tensor.Int64Data.ToArray()).ToArray(),
            DataType.Uint64 => MemoryMarshal.AsBytes<ulong>(tensor.Uint64Data.ToArray()).ToArray(),
            DataType.Uint32 => MemoryMarshal.AsBytes<uint>(Array.ConvertAll(tensor.Uint64Data.ToArray(), static value => (uint)value)).ToArray(),
            DataType.Int32 => MemoryMarshal.AsBytes<int>(tensor.Int32Data.ToArray()).ToArray(),
            DataType.Int16 or DataType.Uint16 or DataType.Float16 or DataType.Bfloat16 =>
                MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(tensor.Int32Data.ToArray(), static value => unchecked((ushort)value))).ToArray(),
            DataType.Complex64 => MemoryMarshal.AsBytes<float>(tensor.FloatData.ToArray()).ToArray(),
            DataType.Complex128 => MemoryMarshal.AsBytes<double>(tensor.DoubleData.ToArray()).ToArray(),
            _ when ElementTypes.Bits(tensor.DataType) <= 8 => Array.ConvertAll(tensor.Int32Data.ToArray(), static value => unchecked((byte)value)),
            _ => throw NotNumeric(tensor),
        };
        return ByteCount(tensor) == bytes.Length ? bytes : throw WrongLength(tensor, bytes.Length);
    }

    /// <summary>A float32 tensor.</summary>
    public static TensorProto Floats(string name, ReadOnlySpan<long> dims, ReadOnlySpan<float> values) =>
        FromRaw(name, DataType.Float, dims, MemoryMarshal.AsBytes(values));

    /// <summary>An int64 tensor.</summary>
    public static TensorProto Longs(string name, ReadOnlySpan<long> dims, ReadOnlySpan<long> values) =>
        FromRaw(name, DataType.Int64, dims, MemoryMarshal.AsBytes(values));

    /// <summary>An int32 tensor.</summary>
    public static TensorProto Ints(string name, ReadOnlySpan<long> dims, ReadOnlySpan<int> values) =>
        FromRaw(name, DataType.Int32, dims, MemoryMarshal.AsBytes(values));

    /// <summary>An int16 tensor.</summary>
    public static TensorProto Shorts(string name, ReadOnlySpan<long> dims, ReadOnlySpan<short> values) =>
        FromRaw(name, DataType.Int16, dims, MemoryMarshal.AsBytes(values));

    /// <summary>A bool tensor.</summary>
    public static TensorProto Bools(string name, ReadOnlySpan<long> dims, ReadOnlySpan<bool> values) =>
        FromRaw(name, DataType.Bool, dims, MemoryMarshal.AsBytes(values));

    /// <summary>A string tensor.</summary>
    public static TensorProto Strings(string name, ReadOnlySpan<long> dims, IEnumerable<string> values)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)DataType.String };
        tensor.Dims.AddRange(dims.ToArray());
        tensor.StringData.AddRange(values.Select(ByteString.CopyFromUtf8));
        return tensor;
    }

    /// <summary>A tensor of any fixed-size type from its little-endian bytes.</summary>
    public static TensorProto FromRaw(string name, DataType type, ReadOnlySpan<long> dims, ReadOnlySpan<byte> bytes)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(dims.ToArray());
        return tensor;
    }

    private static float FromBfloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static T[] Exactly<T>(TensorProto tensor, T[] values, long count) =>
        values.LongLength == count
            ? values
            : throw new OnnxModelException($"Tensor '{tensor.Name}' declares {count:N0} elements by its dims, but {values.LongLength:N0} are stored.");

    private static OnnxModelException WrongLength(TensorProto tensor, long bytes) => new(
        $"Tensor '{tensor.Name}' ({ElementTypes.Name(tensor.DataType)} {Shape(tensor)}) needs {ByteCount(tensor):N0} bytes, but {bytes:N0} are stored.");

    private static OnnxModelException NotNumeric(TensorProto tensor) =>
        new($"Tensor '{tensor.Name}' has elements of type {ElementTypes.Name(tensor.DataType)}, which cannot be read as numbers here.");
}
