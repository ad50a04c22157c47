using System.Security.Cryptography;
using System.Text;
using MLTransfer.FineTuning.Export;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Files;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning.Freezing.Adapters;

/// <summary>
/// Trained low-rank adapters with the head that belongs to them (LoRA, Hu et al. 2021, arXiv:2106.09685): a small file that goes with a backbone, and
/// can be merged into it at any time. It needs no TorchSharp.
/// </summary>
/// <example>
/// <code>
/// LoraAdapter adapter = LoraAdapter.Load("runs/intents-lora/adapter.safetensors");
/// Backbone tuned = adapter.Merge(Backbone.Load("all-MiniLM-L6-v2"), "backbones/intents");
/// </code>
/// </example>
public sealed class LoraAdapter
{
    internal LoraAdapter(
        LoraWeights weights, string backbone, string backboneSha256, IReadOnlyList<string> classes, IReadOnlyList<float> headWeights, IReadOnlyList<float> headBiases)
    {
        Weights = weights;
        Backbone = backbone;
        BackboneSha256 = backboneSha256;
        Classes = classes;
        HeadWeights = headWeights;
        HeadBiases = headBiases;
    }

    /// <summary>Rows of A and columns of B.</summary>
    public int Rank => Weights.Rank;

    /// <summary>B · A counts alpha / rank times.</summary>
    public double Alpha => Weights.Alpha;

    /// <summary>The names of the initializers that have an adapter.</summary>
    public IReadOnlyList<string> Targets => [.. Weights.Pairs.Select(static pair => pair.Target.Weight)];

    /// <summary>The name of the backbone that it was trained on.</summary>
    public string Backbone { get; }

    /// <summary>SHA-256 of that backbone's graph in lower-case hexadecimal; where weights lie in files of their own, of the hashes of all files, one a line.</summary>
    public string BackboneSha256 { get; }

    /// <summary>The names of the classes, in the order of the head; of a regression one name, that of its output.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The head's weights, <c>[classes, features]</c>, row by row; of a regression <c>[1, features]</c>.</summary>
    public IReadOnlyList<float> HeadWeights { get; }

    /// <summary>The head's biases, <c>[classes]</c>.</summary>
    public IReadOnlyList<float> HeadBiases { get; }

    internal LoraWeights Weights { get; }

    /// <summary>Reads an adapter.</summary>
    /// <param name="path">A file that a run or <see cref="Save"/> wrote.</param>
    /// <exception cref="UserException">The file is missing, broken, or something else.</exception>
    public static LoraAdapter Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return LoraFile.Read(path);
    }

    /// <summary>Writes the adapter, in the safetensors format. The file appears under its name when it is complete.</summary>
    /// <param name="path">The file; what is there is replaced.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        AtomicWrite.To(path, Write);
    }

    /// <summary>The backbone's graph with the sum of weight and adapter in each weight's place: the same nodes, names and order.</summary>
    /// <param name="backbone">The backbone that the adapter was trained on.</param>
    /// <exception cref="UserException">It is another backbone.</exception>
    public OnnxModel Merge(Backbone backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        OnnxModel model = OnnxModel.Load(backbone.ModelPath);
        if (Hash(backbone, model) is var actual && actual != BackboneSha256)
        {
            throw new UserException(
                $"The adapter belongs to the backbone '{Backbone}', whose SHA-256 is {BackboneSha256}; that of {backbone.ModelPath} is {actual}. Give the backbone that it was trained on: another one, even of the same architecture, has other weights.");
        }

        return StoredValues.Replace(model, Weights.Merge(model).ToDictionary(static pair => pair.Key, static pair => pair.Value.Values), StoredPrecision.Widen);
    }

    /// <summary>Writes the merged backbone as a folder of its own, with card and tokenizer: it can be used wherever the original can.</summary>
    /// <param name="backbone">The backbone that the adapter was trained on.</param>
    /// <param name="folder">The folder; it does not exist, or is empty.</param>
    /// <exception cref="UserException">It is another backbone, or the folder holds something.</exception>
    public Backbone Merge(Backbone backbone, string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        OnnxModel merged = Merge(backbone);
        string full = Path.GetFullPath(folder);
        if (File.Exists(full) || (Directory.Exists(full) && Directory.EnumerateFileSystemEntries(full).Any()))
        {
            throw new UserException($"{full} exists already. Give a new folder, so that nothing is overwritten.");
        }

        string temporary = $"{Path.TrimEndingDirectorySeparator(full)}.{Guid.NewGuid():N}.tmp";
        try
        {
            TrainedBackbone.Write(backbone, merged, temporary);
            if (Directory.Exists(full))
            {
                Directory.Delete(full);
            }

            Directory.Move(temporary, full);
        }
        catch
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }

            throw;
        }

        return Models.Catalog.Backbone.Load(full);
    }

    /// <summary>What was trained, as an adapter of a backbone; null where weights themselves were trained.</summary>
    internal static LoraAdapter? Of(Backbone backbone, FineTunedModel trained, IReadOnlyList<string> classes) => trained.Lora is { } weights
        ? new LoraAdapter(weights, backbone.Card.Name, Hash(backbone, OnnxModel.Load(backbone.ModelPath)), classes, trained.HeadWeights, trained.HeadBiases)
        : null;

    internal void Write(Stream file) => LoraFile.Write(file, this);

    private static string Hash(Backbone backbone, OnnxModel model)
    {
        string graph = BackboneFiles.Sha256(backbone.ModelPath);
        string[] external = [.. model.Proto.Graph.Initializer
            .Where(ExternalData.IsExternal)
            .Select(tensor => ExternalData.Locate(tensor, model.Directory).Path)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)];
        return external.Length == 0
            ? graph
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [graph, .. external.Select(BackboneFiles.Sha256)]))));
    }
}
