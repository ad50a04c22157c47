using Google.Protobuf;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Writes models, with their data inside or in a file beside them. A file appears under its name only when it is complete.</summary>
internal static class OnnxWriter
{
    /// <summary>The largest file that protobuf can hold, in bytes; a little below 2 GB, since messages have headers.</summary>
    public const long ProtobufLimit = int.MaxValue - (1L << 20);

    /// <summary>Smaller tensors stay inside the model: shapes and scalars are read by tools that look at the graph only.</summary>
    private const long SmallestExternalTensor = 1024;

    /// <summary>ONNX Runtime maps tensors into memory where they begin on a page.</summary>
    private const long Alignment = 4096;

    /// <summary>Bytes of the model if all its data were inside.</summary>
    public static long EmbeddedSize(ModelProto model)
    {
        long size = 0;
        foreach (TensorProto tensor in model.Graph.Initializer)
        {
            size += TensorData.ByteCount(tensor) ?? tensor.StringData.Sum(static text => (long)text.Length);
        }

        return size;
    }

    /// <summary>See <see cref="OnnxModel.Save"/>.</summary>
    public static void Save(OnnxModel model, string path, bool? externalData)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        ModelProto proto = externalData ?? EmbeddedSize(model.Proto) > ProtobufLimit
            ? WriteData(model, full + ".data")
            : model.WithEmbeddedData().Proto;
        WriteAtomically(full, stream => proto.WriteTo(stream));
    }

    private static ModelProto WriteData(OnnxModel model, string dataPath)
    {
        ModelProto proto = Shallow.Copy(model.Proto);
        proto.Graph.Initializer.Clear();
        string location = Path.GetFileName(dataPath);
        WriteAtomically(dataPath, stream =>
        {
            foreach (TensorProto tensor in model.Proto.Graph.Initializer)
            {
                if (!(TensorData.ByteCount(tensor) >= SmallestExternalTensor))
                {
                    proto.Graph.Initializer.Add(
                        ExternalData.IsExternal(tensor)
                            ? ExternalData.Embedded(tensor, UnsafeByteOperations.UnsafeWrap(ExternalData.Read(tensor, model.Directory)))
                            : tensor);
                    continue;
                }

                long offset = (stream.Position + Alignment - 1) / Alignment * Alignment;
                stream.Position = offset;
                long length = TensorData.ByteCount(tensor)!.Value;
                if (ExternalData.IsExternal(tensor))
                {
                    ExternalData.CopyTo(tensor, model.Directory, stream);
                }
                else
                {
                    stream.Write(TensorData.ToRaw(tensor, model.Directory).Span);
                }

                proto.Graph.Initializer.Add(ExternalData.At(tensor, location, offset, length));
            }
        });
        return proto;
    }

    private static void WriteAtomically(string path, Action<FileStream> write)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
