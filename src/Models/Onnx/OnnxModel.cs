using Google.Protobuf;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>An ONNX model in memory. Editing methods return a new model; initializers are shared, not copied.</summary>
public sealed class OnnxModel
{
    internal OnnxModel(ModelProto proto, string? directory = null)
    {
        Proto = proto;
        Directory = directory;
    }

    /// <summary>The messages of the file.</summary>
    internal ModelProto Proto { get; }

    /// <summary>The folder that locations of external data are relative to; null for a model that was not read from a file.</summary>
    internal string? Directory { get; }

    /// <summary>Reads a model.</summary>
    /// <param name="path">An <c>.onnx</c> file; external data is looked for in its folder.</param>
    public static OnnxModel Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return new OnnxModel(ModelProto.Parser.ParseFrom(stream), Path.GetDirectoryName(Path.GetFullPath(path)));
    }

    /// <summary>Writes the model to bytes.</summary>
    public byte[] ToBytes() => Proto.ToByteArray();
}
