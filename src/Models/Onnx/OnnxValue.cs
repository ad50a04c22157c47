using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>A tensor that goes into or comes out of a graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ElementType">Element type in ONNX's spelling, such as <c>float</c>, <c>int64</c>, <c>string</c>.</param>
/// <param name="Dimensions">One entry an axis: a number, a symbolic name such as <c>batch</c>, or <c>?</c>; null where the rank is unknown.</param>
public sealed record OnnxValue(string Name, string ElementType, IReadOnlyList<string>? Dimensions)
{
    internal static OnnxValue From(ValueInfoProto value)
    {
        TypeProto.Types.Tensor? tensor = value.Type?.TensorType;
        IReadOnlyList<string>? dimensions = tensor?.Shape?.Dim.Select(static dim => dim.ValueCase switch
        {
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue => dim.DimValue.ToString(System.Globalization.CultureInfo.InvariantCulture),
            TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam => dim.DimParam,
            _ => "?",
        }).ToArray();
        return new OnnxValue(value.Name, ElementTypes.Name(tensor?.ElemType ?? 0), dimensions);
    }

    /// <summary>For example <c>pixel_values: float [batch, 3, 224, 224]</c>.</summary>
    public override string ToString() => $"{Name}: {ElementType} {(Dimensions is null ? "[…]" : $"[{string.Join(", ", Dimensions)}]")}";
}
