using System.Runtime.InteropServices;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.FineTuning.Export;

/// <summary>Other numbers in the place of stored ones, without Torch.</summary>
internal static class StoredValues
{
    /// <summary>A model with other values in some of its initializers; everything else stays as it is.</summary>
    /// <param name="model">The model; it is not changed.</param>
    /// <param name="values">Values in row-major order, by the name of their initializer.</param>
    /// <param name="precision">How they are stored where the file has half precision.</param>
    public static OnnxModel Replace(OnnxModel model, IReadOnlyDictionary<string, float[]> values, StoredPrecision precision)
    {
        ModelProto proto = Shallow.Copy(model.Proto);
        for (int i = 0; i < proto.Graph.Initializer.Count; i++)
        {
            TensorProto stored = proto.Graph.Initializer[i];
            if (values.TryGetValue(stored.Name, out float[]? numbers))
            {
                DataType type = (DataType)stored.DataType;
                type = precision == StoredPrecision.Widen && type is (DataType.Float16 or DataType.Bfloat16) ? DataType.Float : type;
                proto.Graph.Initializer[i] = TensorData.FromRaw(stored.Name, type, [.. stored.Dims], Bytes(numbers, type));
            }
        }

        return new OnnxModel(proto, model.Directory);
    }

    private static byte[] Bytes(float[] values, DataType type) => type switch
    {
        DataType.Float16 => MemoryMarshal.AsBytes<Half>(Array.ConvertAll(values, static value => (Half)value)).ToArray(),
        DataType.Bfloat16 => MemoryMarshal.AsBytes<ushort>(Array.ConvertAll(values, ToBfloat16)).ToArray(),
        DataType.Double => MemoryMarshal.AsBytes<double>(Array.ConvertAll(values, static value => (double)value)).ToArray(),
        _ => MemoryMarshal.AsBytes<float>(values).ToArray(),
    };

    // To the nearest, ties to even. Weights are finite.
    private static ushort ToBfloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
