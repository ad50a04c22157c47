using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Checkpoints;

/// <summary>Tensors and texts in one file of the safetensors format: length of the header (64 bits, little-endian), header in JSON, data.</summary>
/// <remarks>Specification: github.com/huggingface/safetensors. Only float32 is written.</remarks>
internal static class TensorFile
{
    private const string MetadataName = "__metadata__";

    /// <summary>Writes a file.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="tensors">Float tensors with unique names, on any device.</param>
    /// <param name="metadata">Texts that go with them.</param>
    public static void Write(Stream file, IReadOnlyList<(string Name, Tensor Value)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        WriteHeader(file, tensors.Select(static tensor => (tensor.Name, tensor.Value.shape)), metadata);
        foreach ((_, Tensor value) in tensors)
        {
            using Tensor detached = value.detach();
            using Tensor converted = detached.to(ScalarType.Float32, CPU);
            using Tensor ordered = converted.contiguous();
            file.Write(ordered.bytes);
        }
    }

    /// <summary>Writes what stands in front of the data.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="tensors">Names and shapes of float tensors, in the order in which their data follow.</param>
    /// <param name="metadata">Texts that go with them.</param>
    public static void WriteHeader(Stream file, IEnumerable<(string Name, long[] Shape)> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        JsonObject header = new() { [MetadataName] = new JsonObject(metadata.Select(static pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))) };
        long offset = 0;
        foreach ((string name, long[] shape) in tensors)
        {
            long end = offset + (TensorShape.Count(shape) * sizeof(float));
            header[name] = new JsonObject
            {
                ["dtype"] = "F32",
                ["shape"] = new JsonArray([.. shape.Select(static dim => (JsonNode)dim)]),
                ["data_offsets"] = new JsonArray(offset, end),
            };
            offset = end;
        }

        byte[] text = JsonSerializer.SerializeToUtf8Bytes(header);
        byte[] length = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        file.Write(length);
        file.Write(text);
    }

    /// <summary>Reads the texts and the names of the tensors, without the data.</summary>
    public static (IReadOnlyDictionary<string, string> Metadata, JsonObject Header) ReadHeader(Stream file)
    {
        byte[] length = new byte[sizeof(ulong)];
        file.ReadExactly(length);
        ulong size = BinaryPrimitives.ReadUInt64LittleEndian(length);
        if (size > (ulong)file.Length)
        {
            throw new InvalidDataException("The header is longer than the file.");
        }

        byte[] text = new byte[size];
        file.ReadExactly(text);
        JsonObject header = JsonNode.Parse(text)!.AsObject();
        Dictionary<string, string> metadata = header[MetadataName] is JsonObject pairs
            ? pairs.ToDictionary(static pair => pair.Key, static pair => (string)pair.Value!)
            : [];
        header.Remove(MetadataName);
        return (metadata, header);
    }

    /// <summary>Reads tensors into those that are there already.</summary>
    /// <param name="file">The file; it is read from where its header ends.</param>
    /// <param name="header">What <see cref="ReadHeader"/> gave.</param>
    /// <param name="targets">Tensors of the same names and shapes.</param>
    /// <exception cref="InvalidDataException">A tensor is missing or has another shape.</exception>
    public static void ReadInto(Stream file, JsonObject header, IReadOnlyList<(string Name, Tensor Value)> targets)
    {
        long start = file.Position;
        using IDisposable noGradient = no_grad();
        foreach ((string name, Tensor target) in targets)
        {
            long[] shape = header[name]?["shape"]?.AsArray().Select(static dim => (long)dim!).ToArray()
                ?? throw new InvalidDataException($"There is no tensor '{name}'.");
            if (!shape.AsSpan().SequenceEqual(target.shape))
            {
                throw new InvalidDataException($"The tensor '{name}' is [{string.Join(", ", shape)}], not [{string.Join(", ", target.shape)}].");
            }

            using Tensor values = zeros(shape, ScalarType.Float32);
            file.Position = start + (long)header[name]!["data_offsets"]![0]!;
            file.ReadExactly(values.bytes);
            target.copy_(values);
        }
    }
}
