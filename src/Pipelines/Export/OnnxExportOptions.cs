using System.ComponentModel.DataAnnotations;

namespace MLTransfer.Pipelines.Export;

/// <summary>How a model is written as ONNX.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>On how many rows the graph and the saved model are compared at most. The default value is 1000.</summary>
    /// <remarks>Both run one row at a time, as a prediction engine does: tens of milliseconds a row on a processor.</remarks>
    [Range(1, int.MaxValue)]
    public int MostRows { get; init; } = 1000;

    /// <summary>
    /// Whether pixels are <c>[batch, height, width, 3]</c>, as decoders give them, instead of the planes <c>[batch, 3, height, width]</c> of ML.NET's
    /// pixel extraction. Bytes, red first, in both. The default value is false.
    /// </summary>
    public bool ChannelsLast { get; init; }
}
