using System.Runtime.InteropServices;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using TorchSharp;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.FineTuning.Import.Values;

/// <summary>Turns stored tensors into Torch tensors. Half precision is widened to float32: training is done in float32 whatever the file stores.</summary>
internal static class TensorReader
{
    /// <summary>The Torch type that values of an ONNX type are computed in.</summary>
    /// <exception cref="ImportException">There is none.</exception>
    public static torch.ScalarType ScalarTypeOf(int dataType, string owner) => (DataType)dataType switch
    {
        DataType.Float or DataType.Float16 or DataType.Bfloat16 => torch.ScalarType.Float32,
        DataType.Double => torch.ScalarType.Float64,
        DataType.Int64 or DataType.Uint32 or DataType.Uint64 => torch.ScalarType.Int64,
        DataType.Int32 or DataType.Uint16 => torch.ScalarType.Int32,
        DataType.Int16 => torch.ScalarType.Int16,
        DataType.Int8 or DataType.Int4 => torch.ScalarType.Int8,
        DataType.Uint8 or DataType.Uint4 => torch.ScalarType.Byte,
        DataType.Bool => torch.ScalarType.Bool,
        _ => throw new ImportException($"{owner} is of type {(DataType)dataType}, which has no counterpart in Torch. Export the model in float32."),
    };

    /// <summary>Whether a type is one of the floating-point types that weights are stored in.</summary>
    public static bool IsFloat(int dataType) => (DataType)dataType is DataType.Float or DataType.Float16 or DataType.Bfloat16 or DataType.Double;

    /// <summary>Reads a stored tensor.</summary>
    /// <param name="tensor">The message.</param>
    /// <param name="directory">Folder of the file, which external data is looked for in.</param>
    /// <param name="owner">How an error names the tensor.</param>
    /// <exception cref="ImportException">The data is missing, of another size than the dimensions say, or of a type without counterpart.</exception>
    public static torch.Tensor Read(TensorProto tensor, string? directory, string owner)
    {
        torch.ScalarType type = ScalarTypeOf(tensor.DataType, owner);
        try
        {
            return Convert(tensor, TensorData.ToRaw(tensor, directory).Span, [.. tensor.Dims], type);
        }
        catch (OnnxModelException exception)
        {
            throw new ImportException($"{owner} cannot be read: {exception.Message}", exception);
        }
    }

    private static torch.Tensor Convert(TensorProto tensor, ReadOnlySpan<byte> raw, long[] shape, torch.ScalarType type)
    {
        switch ((DataType)tensor.DataType)
        {
            case DataType.Float16 or DataType.Bfloat16:
                using (torch.Tensor half = From(raw, shape, tensor.DataType == (int)DataType.Float16 ? torch.ScalarType.Float16 : torch.ScalarType.BFloat16))
                {
                    return half.to(torch.ScalarType.Float32);
                }

            case DataType.Uint16:
                return From<int>(Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(raw).ToArray(), value => (int)value), shape, type);
            case DataType.Uint32:
                return From<long>(Array.ConvertAll(MemoryMarshal.Cast<byte, uint>(raw).ToArray(), value => (long)value), shape, type);
            case DataType.Int4 or DataType.Uint4:
                return From<byte>(Unpack(raw, TensorData.ElementCount(tensor), tensor.DataType == (int)DataType.Int4), shape, type);
            default:
                return From(raw, shape, type);
        }
    }

    private static torch.Tensor From<T>(ReadOnlySpan<T> data, long[] shape, torch.ScalarType type)
        where T : unmanaged
    {
        torch.Tensor tensor = torch.empty(shape, type);
        if (!data.IsEmpty)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(data);
            tensor.bytes = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(bytes), bytes.Length);
        }

        return tensor;
    }

    /// <summary>Two elements of four bits a byte, the first in the lower half.</summary>
    private static byte[] Unpack(ReadOnlySpan<byte> packed, long count, bool signed)
    {
        byte[] result = new byte[count];
        for (int i = 0; i < result.Length; i++)
        {
            int value = (packed[i / 2] >> (i % 2 * 4)) & 0xF;
            result[i] = unchecked((byte)(signed && value > 7 ? value - 16 : value));
        }

        return result;
    }
}
