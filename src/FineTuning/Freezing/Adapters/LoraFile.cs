using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLTransfer.FineTuning.Networks;
using MLTransfer.FineTuning.Training.Checkpoints;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;

namespace MLTransfer.FineTuning.Freezing.Adapters;

/// <summary>Reads and writes adapters: the safetensors format, its metadata in JSON.</summary>
/// <remarks>
/// Tensors: <c>WEIGHT.lora_A</c> <c>[rank, inputs]</c> and <c>WEIGHT.lora_B</c> <c>[outputs, rank]</c> for each weight, <c>head.weight</c> and
/// <c>head.bias</c>, all float32. Metadata: <c>format</c> and <c>adapter</c>, a JSON object with all else.
/// </remarks>
internal static class LoraFile
{
    private const string Format = "mltransfer-lora-1";
    private const string FormatKey = "format";
    private const string AdapterKey = "adapter";

    /// <summary>Writes an adapter.</summary>
    public static void Write(Stream file, LoraAdapter adapter)
    {
        LoraWeights weights = adapter.Weights;
        (string Name, long[] Shape, float[] Values)[] tensors =
        [
            .. weights.Pairs.SelectMany(pair => new[] { (pair.Target.A, pair.Target.ShapeOfA(weights.Rank), pair.A), (pair.Target.B, pair.Target.ShapeOfB(weights.Rank), pair.B) }),
            (BackboneClassifier.HeadWeight, [adapter.Classes.Count, adapter.HeadWeights.Count / adapter.Classes.Count], [.. adapter.HeadWeights]),
            (BackboneClassifier.HeadBias, [adapter.Classes.Count], [.. adapter.HeadBiases]),
        ];
        Content content = new()
        {
            Backbone = adapter.Backbone,
            BackboneSha256 = adapter.BackboneSha256,
            Rank = weights.Rank,
            Alpha = weights.Alpha,
            Classes = adapter.Classes,
            Weights = [.. weights.Pairs.Select(static pair => new Entry { Name = pair.Target.Weight, Shape = pair.Target.Shape, Form = pair.Target.Form })],
        };
        TensorFile.WriteHeader(
            file,
            tensors.Select(static tensor => (tensor.Name, tensor.Shape)),
            new Dictionary<string, string> { [FormatKey] = Format, [AdapterKey] = JsonSerializer.Serialize(content, StrictJson.Options) });
        foreach ((_, _, float[] values) in tensors)
        {
            file.Write(MemoryMarshal.AsBytes<float>(values));
        }
    }

    /// <summary>Reads an adapter.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UserException">The file is missing, broken, or something else.</exception>
    public static LoraAdapter Read(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            (IReadOnlyDictionary<string, string> metadata, JsonObject header) = TensorFile.ReadHeader(file);
            if (metadata.GetValueOrDefault(FormatKey) != Format || !metadata.TryGetValue(AdapterKey, out string? json))
            {
                throw new UserException($"{path} holds tensors, and is no adapter of {nameof(MLTransfer)}: its metadata do not say '{Format}'.");
            }

            Content content = JsonSerializer.Deserialize<Content>(json, StrictJson.Options) ?? throw new InvalidDataException("Its metadata are empty.");
            if (content.Rank < 1 || content.Weights.Any(static entry => entry.Shape.Count < 2 || entry.Shape.Any(static dim => dim < 1)))
            {
                throw new InvalidDataException("Its metadata name a rank or a shape that there cannot be.");
            }

            long start = file.Position;
            LoraTarget[] targets = [.. content.Weights.Select(static entry => new LoraTarget(entry.Name, entry.Shape, entry.Form, -1, []))];
            LoraPair[] pairs = [.. targets.Select(target => new LoraPair(
                target, Values(file, start, header, target.A, target.ShapeOfA(content.Rank)), Values(file, start, header, target.B, target.ShapeOfB(content.Rank))))];
            float[] biases = Values(file, start, header, BackboneClassifier.HeadBias, [content.Classes.Count]);
            long features = (long?)header[BackboneClassifier.HeadWeight]?["shape"]?[1] ?? throw new InvalidDataException($"There is no tensor '{BackboneClassifier.HeadWeight}'.");
            float[] head = Values(file, start, header, BackboneClassifier.HeadWeight, [content.Classes.Count, features]);
            return new LoraAdapter(new LoraWeights(content.Rank, content.Alpha, pairs), content.Backbone, content.BackboneSha256, content.Classes, head, biases);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserException($"The adapter {path} does not exist. A run with fineTune.train.lora writes one into its folder.", exception);
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException or EndOfStreamException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw new UserException($"{path} is no adapter, or a broken one: {exception.Message} Expected a file that a run with fineTune.train.lora wrote.", exception);
        }
    }

    private static float[] Values(FileStream file, long start, JsonObject header, string name, long[] shape)
    {
        JsonObject tensor = header[name] as JsonObject ?? throw new InvalidDataException($"There is no tensor '{name}'.");
        long[] stored = [.. tensor["shape"]!.AsArray().Select(static dim => (long)dim!)];
        long offset = (long)tensor["data_offsets"]![0]!, bytes = TensorShape.Count(shape) * sizeof(float);
        if ((string?)tensor["dtype"] != "F32" || !stored.AsSpan().SequenceEqual(shape))
        {
            throw new InvalidDataException($"The tensor '{name}' is {tensor["dtype"]} [{string.Join(", ", stored)}]; F32 [{string.Join(", ", shape)}] was expected.");
        }

        if (offset < 0 || start + offset > file.Length - bytes)
        {
            throw new InvalidDataException($"The file ends before the tensor '{name}' does.");
        }

        float[] values = new float[bytes / sizeof(float)];
        file.Position = start + offset;
        file.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private sealed record Content
    {
        public string Backbone { get; init; } = "";

        public string BackboneSha256 { get; init; } = "";

        public int Rank { get; init; }

        public double Alpha { get; init; }

        public IReadOnlyList<string> Classes { get; init; } = [];

        public IReadOnlyList<Entry> Weights { get; init; } = [];
    }

    private sealed record Entry
    {
        public string Name { get; init; } = "";

        public IReadOnlyList<long> Shape { get; init; } = [];

        public LoraForm Form { get; init; }
    }
}
