using Google.Protobuf;
using MLTransfer.Models.Files;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>Writes models, with their data inside or in a file beside them. A file appears under its name only when it is complete.</summary>
internal static class OnnxWriter
{
    /// <summary>The most tensor data that one protobuf file is trusted to hold: 2 GB less room for nodes and names.</summary>
    public const long ProtobufLimit = int.MaxValue - (64L << 20);

    /// <summary>Smaller tensors stay inside the model: shapes and scalars are read by tools that look at the graph only.</summary>
    public const long SmallestExternalTensor = 1024;

    /// <summary>ONNX Runtime maps tensors into memory where they begin on a page.</summary>
    private const long Alignment = 4096;

    /// <summary>Bytes of the model's tensors if all were inside.</summary>
    public static long EmbeddedSize(ModelProto model) => GraphTensors.Of(model).Sum(InsideSize);

    /// <summary>See <see cref="OnnxModel.Save"/>.</summary>
    public static void Save(OnnxModel model, string path, bool? externalData, long smallest)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        if (!(externalData ?? EmbeddedSize(model.Proto) > ProtobufLimit))
        {
            ModelProto whole = model.WithEmbeddedData().Proto;
            AtomicWrite.To(full, stream => whole.WriteTo(stream));
            return;
        }

        // A model that is there already keeps its own data until the new one is complete.
        string data = full + ".data";
        for (int i = 2; File.Exists(data); i++)
        {
            data = $"{full}.{i}.data";
        }

        ModelProto proto = WriteData(model, data, smallest);
        if (EmbeddedSize(proto) - ExternalSize(proto) > ProtobufLimit)
        {
            File.Delete(data);
            throw new OnnxModelException(
                $"{path} would have more than 2 GB without its external data: constants of nodes stay inside a model. Turn them into initializers.");
        }

        string[] before = File.Exists(full) ? DataFiles(full) : [];
        try
        {
            AtomicWrite.To(full, stream => proto.WriteTo(stream));
        }
        catch
        {
            File.Delete(data);
            throw;
        }

        foreach (string old in before)
        {
            File.Delete(old);
        }
    }

    private static long InsideSize(TensorProto tensor) => ExternalData.IsExternal(tensor)
        ? TensorData.ByteCount(tensor) ?? 0
        : tensor.HasRawData ? tensor.RawData.Length : tensor.CalculateSize();

    private static long ExternalSize(ModelProto model) => GraphTensors.Of(model).Where(ExternalData.IsExternal).Sum(InsideSize);

    /// <summary>The files that a model at this place had its data in, as far as they carry its name.</summary>
    private static string[] DataFiles(string path)
    {
        try
        {
            string name = Path.GetFileName(path);
            return [.. GraphTensors.Of(OnnxModel.Read(path).Proto)
                .Where(ExternalData.IsExternal)
                .Select(static tensor => ExternalData.Location(tensor))
                .OfType<string>()
                .Distinct()
                .Where(location => location.StartsWith(name + ".", StringComparison.Ordinal) && location.EndsWith(".data", StringComparison.Ordinal)
                    && Path.GetFileName(location) == location)
                .Select(location => Path.Combine(Path.GetDirectoryName(path)!, location))];
        }
        catch (OnnxModelException)
        {
            // What was there is no model: it has no data either.
            return [];
        }
    }

    private static ModelProto WriteData(OnnxModel model, string dataPath, long smallest)
    {
        string location = Path.GetFileName(dataPath);
        ModelProto proto = GraphTensors.Replace(
            model.Proto,
            ExternalData.IsExternal,
            tensor => TensorData.ByteCount(tensor) >= smallest ? tensor : ExternalData.Embedded(tensor, model.Directory));
        AtomicWrite.To(dataPath, stream =>
        {
            for (int i = 0; i < proto.Graph.Initializer.Count; i++)
            {
                TensorProto tensor = proto.Graph.Initializer[i];
                if (!(TensorData.ByteCount(tensor) >= smallest))
                {
                    continue;
                }

                long offset = (stream.Position + Alignment - 1) / Alignment * Alignment;
                stream.Position = offset;
                proto.Graph.Initializer[i] = ExternalData.At(tensor, location, offset, Write(stream, tensor, model.Directory));
            }
        });

        // Other external tensors, those of subgraphs and attributes, come inside: few tools look for external data there.
        HashSet<TensorProto> written = new(proto.Graph.Initializer, ReferenceEqualityComparer.Instance);
        return GraphTensors.Replace(
            proto, tensor => ExternalData.IsExternal(tensor) && !written.Contains(tensor), tensor => ExternalData.Embedded(tensor, model.Directory));
    }

    private static long Write(FileStream stream, TensorProto tensor, string? directory)
    {
        if (ExternalData.IsExternal(tensor))
        {
            return ExternalData.CopyTo(stream, tensor, directory);
        }

        ReadOnlyMemory<byte> raw = TensorData.ToRaw(tensor);
        stream.Write(raw.Span);
        return raw.Length;
    }
}
