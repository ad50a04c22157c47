using System.Text.Json;
using MLTransfer.Models.Onnx;
using TorchSharp;

namespace MLTransfer.FineTuning.Tests.ZooCases;

/// <summary>One small backbone with reference values; the layout is described in the zoo's README.</summary>
internal sealed class ZooCase
{
    private readonly JsonElement _meta;

    public ZooCase(string folder)
    {
        Name = Path.GetFileName(folder);
        ModelPath = Path.Combine(folder, "model.onnx");
        _meta = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "meta.json"))).RootElement;
        Golden = new SafeTensors(Path.Combine(folder, "golden.safetensors"));
    }

    public string Name { get; }

    public string ModelPath { get; }

    public SafeTensors Golden { get; }

    public string FeatureOutput => _meta.GetProperty("feature_output").GetString()!;

    public string Pooling => _meta.GetProperty("pooling").GetString()!;

    public bool ForwardOnly => _meta.GetProperty("forward_only").GetBoolean();

    public IReadOnlyList<string> Trainable => Strings("trainable");

    public IReadOnlyList<string> NotTrainable => Strings("float_initializers_not_trainable");

    public IReadOnlyList<string> ZeroGradient => Strings("zero_gradient");

    public bool HalfWeights => Strings("half_initializers").Length > 0;

    public OnnxModel Load() => OnnxModel.Load(ModelPath);

    public double Tolerance(string key) => _meta.GetProperty("tolerance").GetProperty(key).GetDouble();

    /// <summary>How many nodes of an operator the file has.</summary>
    public int Operators(string name) => _meta.GetProperty("ops").TryGetProperty(name, out JsonElement count) ? count.GetInt32() : 0;

    /// <summary>The tensors of the golden file whose key starts with a prefix, by the rest of the key.</summary>
    public Dictionary<string, torch.Tensor> Tensors(string prefix) =>
        Golden.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(key => key[prefix.Length..], Golden.Tensor);

    // output: [batch, …] → feature [batch, size]
    public torch.Tensor Pool(torch.Tensor output, IReadOnlyDictionary<string, torch.Tensor> inputs)
    {
        switch (Pooling)
        {
            case "none":
                return output;
            case "first-token":
                return output.select(1, 0);
            case "mean-masked":
                torch.Tensor mask = inputs["attention_mask"].to(torch.ScalarType.Float32).unsqueeze(-1);
                return (output * mask).sum([1L]) / mask.sum([1L]);
            case "global-average":
                return output.mean([.. Enumerable.Range(2, (int)output.dim() - 2).Select(axis => (long)axis)]);
            default:
                throw new NotSupportedException($"pooling '{Pooling}'");
        }
    }

    public override string ToString() => Name;

    private string[] Strings(string key) => [.. _meta.GetProperty(key).EnumerateArray().Select(value => value.GetString()!)];
}
