using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;

namespace MLTransfer.FineTuning.Tests;

/// <summary>Reads reference values: a header of JSON, then the bytes of each tensor.</summary>
internal sealed class SafeTensors
{
    private readonly byte[] _file;
    private readonly int _start;
    private readonly Dictionary<string, JsonElement> _entries = [];

    public SafeTensors(string path)
    {
        _file = File.ReadAllBytes(path);
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(_file);
        _start = 8 + header;
        foreach (JsonProperty entry in JsonDocument.Parse(_file.AsMemory(8, header)).RootElement.EnumerateObject())
        {
            _entries[entry.Name] = entry.Value;
        }
    }

    public IEnumerable<string> Keys => _entries.Keys;

    public bool Has(string key) => _entries.ContainsKey(key);

    public torch.Tensor Tensor(string key)
    {
        JsonElement entry = _entries[key];
        long[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
        int from = _start + entry.GetProperty("data_offsets")[0].GetInt32();
        int to = _start + entry.GetProperty("data_offsets")[1].GetInt32();
        torch.ScalarType type = entry.GetProperty("dtype").GetString() == "I64" ? torch.ScalarType.Int64 : torch.ScalarType.Float32;
        torch.Tensor tensor = torch.empty(shape, type);
        if (to > from)
        {
            tensor.bytes = _file.AsSpan(from, to - from);
        }

        return tensor;
    }

    public float[] Floats(string key) => Tensor(key).data<float>().ToArray();
}
