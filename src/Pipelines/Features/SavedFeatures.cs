using MLTransfer.Models.Images;
using MLTransfer.Models.Json;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Pipelines.Features;

/// <summary>What a saved feature graph says of itself in its metadata, so that a batched transformer can take the place of the stock one.</summary>
internal sealed record SavedFeatures
{
    /// <summary>The name of the note.</summary>
    public const string Key = "mltransfer.features";

    /// <summary>The input columns: an image column, a text column, or the two of a sentence pair.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>The column of pixels between ML.NET's transforms and the graph; null for texts.</summary>
    public string? Pixels { get; init; }

    /// <summary>The feature column.</summary>
    public required string Output { get; init; }

    /// <summary>Folder that relative image paths are relative to.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>What ML.NET's transforms do to an image; null for texts.</summary>
    public StockImageChain? Chain { get; init; }

    /// <summary>Reads the note of a graph; null where there is none.</summary>
    public static SavedFeatures? Of(OnnxModel model) => model.Metadata.TryGetValue(Key, out string? json)
        ? StrictJson.Parse<SavedFeatures>(System.Text.Encoding.UTF8.GetBytes(json), Key)
        : null;

    /// <summary>Adds the note to a graph.</summary>
    public OnnxModel AddTo(OnnxModel model)
    {
        model.Proto.MetadataProps.Add(new StringStringEntryProto { Key = Key, Value = StrictJson.Write(this).Trim() });
        return model;
    }
}
