using System.Runtime.InteropServices;
using Google.Protobuf;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.FineTuning.Tests.ZooCases;

/// <summary>A model whose float32 initializers are stored as float64.</summary>
internal static class DoublePrecision
{
    public static OnnxModel Widen(OnnxModel model)
    {
        foreach (TensorProto tensor in model.Proto.Graph.Initializer.Where(tensor => tensor.DataType == (int)DataType.Float))
        {
            ReadOnlySpan<float> values = tensor.HasRawData ? MemoryMarshal.Cast<byte, float>(tensor.RawData.Span) : tensor.FloatData.ToArray();
            double[] wide = new double[values.Length];
            for (int i = 0; i < wide.Length; i++)
            {
                wide[i] = values[i];
            }

            tensor.FloatData.Clear();
            tensor.DataType = (int)DataType.Double;
            tensor.RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(wide.AsSpan()));
        }

        return model;
    }
}
