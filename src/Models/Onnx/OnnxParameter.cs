using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>A stored tensor of a model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">Element type in ONNX's spelling, such as <c>float16</c>.</param>
/// <param name="Dimensions">Its shape.</param>
/// <param name="Elements">Number of elements.</param>
/// <param name="Bytes">Bytes of its data.</param>
/// <param name="IsExternal">Whether the data lies in a file beside the model.</param>
public sealed record OnnxParameter(string Name, string ElementType, IReadOnlyList<long> Dimensions, long Elements, long Bytes, bool IsExternal)
{
    internal static OnnxParameter From(TensorProto tensor) => new(
        tensor.Name, ElementTypes.Name(tensor.DataType), [.. tensor.Dims], TensorData.ElementCount(tensor),
        TensorData.ByteCount(tensor) ?? tensor.StringData.Sum(static text => (long)text.Length), ExternalData.IsExternal(tensor));
}
