using System.IO.MemoryMappedFiles;
using Google.Protobuf;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Onnx;

/// <summary>An ONNX model in memory. Editing methods return a new model; tensor data is shared with the old one, never copied.</summary>
/// <remarks>Specification: github.com/onnx/onnx, docs/IR.md. External data stays in its file until somebody reads it.</remarks>
public sealed class OnnxModel
{
    /// <summary>Bytes; a pointer of Git LFS has about 130.</summary>
    private const int LongestPointer = 1024;

    internal OnnxModel(ModelProto proto, string? directory = null)
    {
        Proto = proto;
        Directory = directory;
    }

    /// <summary>The messages of the file.</summary>
    internal ModelProto Proto { get; }

    /// <summary>The folder that locations of external data are relative to; null for a model that was not read from a file.</summary>
    internal string? Directory { get; }

    /// <summary>The graph's inputs that a caller must supply; initializers listed as inputs (as files before IR version 4 do) are left out.</summary>
    public IReadOnlyList<OnnxValue> Inputs
    {
        get
        {
            HashSet<string> initializers = [.. Proto.Graph.Initializer.Select(static tensor => tensor.Name)];
            return [.. Proto.Graph.Input.Where(input => !initializers.Contains(input.Name)).Select(OnnxValue.From)];
        }
    }

    /// <summary>The graph's outputs.</summary>
    public IReadOnlyList<OnnxValue> Outputs => [.. Proto.Graph.Output.Select(OnnxValue.From)];

    /// <summary>The operators in use and how often, most frequent first; those of subgraphs and model-local functions included.</summary>
    public IReadOnlyList<OnnxOperatorCount> Operators => OnnxOperatorCount.Of(Proto);

    /// <summary>The stored tensors (initializers) in file order.</summary>
    public IReadOnlyList<OnnxParameter> Parameters => [.. Proto.Graph.Initializer.Select(OnnxParameter.From)];

    /// <summary>Version of each operator set that the model imports, by domain; the domain of the standard operators is the empty string.</summary>
    public IReadOnlyDictionary<string, long> Opsets =>
        Proto.OpsetImport.ToDictionary(static import => Opset.Normalise(import.Domain), static import => import.Version);

    /// <summary>The key-value pairs stored with the model.</summary>
    public IReadOnlyDictionary<string, string> Metadata
    {
        get
        {
            Dictionary<string, string> pairs = [];
            foreach (StringStringEntryProto pair in Proto.MetadataProps)
            {
                pairs[pair.Key] = pair.Value;
            }

            return pairs;
        }
    }

    /// <summary>Reads a model and checks it with <see cref="OnnxChecker"/>.</summary>
    /// <param name="path">An <c>.onnx</c> file; external data is looked for in its folder.</param>
    /// <exception cref="OnnxModelException">The file is missing, truncated, not an ONNX model, or breaks a rule of the specification.</exception>
    public static OnnxModel Load(string path)
    {
        OnnxModel model = Read(path);
        OnnxChecker.Check(model, path);
        return model;
    }

    /// <summary>Reads a model from bytes and checks it.</summary>
    /// <param name="bytes">The content of an <c>.onnx</c> file.</param>
    /// <param name="directory">The folder that locations of external data are relative to; null where there is none.</param>
    /// <exception cref="OnnxModelException">The bytes are not an ONNX model, or break a rule of the specification.</exception>
    public static OnnxModel Parse(ReadOnlySpan<byte> bytes, string? directory = null)
    {
        OnnxModel model = new(ParseProto(bytes, "the given bytes"), directory);
        OnnxChecker.Check(model, "the given bytes");
        return model;
    }

    /// <summary>Reads a model without checking it.</summary>
    internal static unsafe OnnxModel Read(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            string what = System.IO.Directory.Exists(path) ? "is a folder, not a file" : "does not exist";
            throw new OnnxModelException($"{path} {what}. Expected an .onnx file.");
        }

        if (file.Length == 0)
        {
            throw new OnnxModelException($"{path} is empty (0 bytes). Expected an .onnx file; copy or export it again.");
        }

        if (file.Length > int.MaxValue)
        {
            throw new OnnxModelException(
                $"{path} has {file.Length:N0} bytes; a protobuf file ends at 2 GB. Export the model with external data (weights in a file of their own).");
        }

        if (file.Length < LongestPointer && File.ReadAllText(path).StartsWith("version https://git-lfs", StringComparison.Ordinal))
        {
            throw new OnnxModelException($"{path} is a pointer of Git LFS, not the model itself. Run: git lfs pull");
        }

        // Mapped rather than read: the file's pages are the system's, and each tensor is copied once.
        using var mapped = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using MemoryMappedViewAccessor view = mapped.CreateViewAccessor(0, file.Length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        try
        {
            ModelProto proto = ParseProto(new ReadOnlySpan<byte>(pointer, (int)file.Length), path);
            return new OnnxModel(proto, file.DirectoryName);
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    /// <summary>The content of an <c>.onnx</c> file. External data is referred to, not included: see <see cref="WithEmbeddedData"/>.</summary>
    /// <exception cref="OnnxModelException">The model is larger than the 2 GB that a protobuf file can hold.</exception>
    public byte[] ToBytes()
    {
        if (OnnxWriter.EmbeddedSize(Proto) > OnnxWriter.ProtobufLimit)
        {
            throw new OnnxModelException("The model is larger than 2 GB, the limit of a protobuf file. Save it with external data.");
        }

        return Proto.ToByteArray();
    }

    /// <summary>Writes the model; the file appears under its name only when it is complete.</summary>
    /// <param name="path">The <c>.onnx</c> file.</param>
    /// <param name="externalData">
    /// Whether tensor data goes into a file of its own (<c>path + ".data"</c>) beside the model. The default value is null: only where the model
    /// would be larger than 2 GB. Where such a file is there already, a number is put into the new one's name, and the old one is deleted last.
    /// </param>
    /// <param name="smallestExternalTensor">Bytes from which on an initializer goes there. The default value is 1024.</param>
    /// <exception cref="OnnxModelException">External data of this model is missing, or constants of nodes alone are larger than 2 GB.</exception>
    public void Save(string path, bool? externalData = null, long smallestExternalTensor = OnnxWriter.SmallestExternalTensor) =>
        OnnxWriter.Save(this, path, externalData, smallestExternalTensor);

    /// <summary>The same model with all tensor data inside, so that it needs no other file.</summary>
    /// <exception cref="OnnxModelException">External data is missing, or all data together is larger than 2 GB.</exception>
    public OnnxModel WithEmbeddedData() => ExternalData.Embed(this);

    /// <summary>The part of the model that computes the given tensors, from the graph's own inputs or from the given inner tensors.</summary>
    /// <param name="outputs">Names of the tensors to compute: outputs, inner tensors or initializers.</param>
    /// <param name="inputs">Names of inner tensors that become inputs in place of what computed them; null: the graph's own inputs.</param>
    /// <exception cref="OnnxModelException">A name is not in the graph, or an output needs an input that was cut off.</exception>
    public OnnxModel Slice(IReadOnlyList<string> outputs, IReadOnlyList<string>? inputs = null) => GraphSlicer.Slice(this, outputs, inputs ?? []);

    /// <summary>Element type and dims of any tensor of the graph, also an inner one. Where the file is silent, ONNX Runtime infers them.</summary>
    /// <param name="tensor">Name of an input, an output, an initializer or an inner tensor.</param>
    /// <returns>The tensor; its element type is <c>undefined</c> where nobody can tell.</returns>
    /// <exception cref="OnnxModelException">The graph has no such tensor.</exception>
    public OnnxValue DescribeTensor(string tensor)
    {
        HashSet<string> names = GraphComposer.Names(Proto.Graph);
        if (!names.Contains(tensor))
        {
            throw GraphSlicer.Unknown(tensor, names);
        }

        return TensorTypes.Declared(Proto.Graph).GetValueOrDefault(tensor) is { Type: not null } declared
            ? OnnxValue.From(declared)
            : OnnxValue.From(TensorTypes.Infer(this, [tensor]).GetValueOrDefault(tensor) ?? new ValueInfoProto { Name = tensor });
    }

    /// <summary>This model followed by another one.</summary>
    /// <param name="next">The model that reads what this one computes.</param>
    /// <param name="links">Input of <paramref name="next"/> → tensor of this model: an output, an input or an inner tensor.</param>
    /// <param name="keepOutputs">Whether outputs of this model stay outputs. The default value is false.</param>
    /// <exception cref="OnnxModelException">A name is missing, or both models use different versions of one operator set.</exception>
    public OnnxModel Append(OnnxModel next, IReadOnlyDictionary<string, string> links, bool keepOutputs = false) =>
        GraphComposer.Compose(this, next, links, keepOutputs);

    /// <summary>Another model followed by this one: what <paramref name="previous"/> computes goes into this model's inputs.</summary>
    /// <param name="previous">The model that runs first.</param>
    /// <param name="links">Input of this model → tensor of <paramref name="previous"/>.</param>
    /// <exception cref="OnnxModelException">A name is missing, or both models use different versions of one operator set.</exception>
    public OnnxModel Prepend(OnnxModel previous, IReadOnlyDictionary<string, string> links) =>
        GraphComposer.Compose(previous, this, links, keepOutputs: false);

    /// <summary>Both models side by side as one graph: all inputs, all outputs; equal input names are one input.</summary>
    /// <param name="other">The other model.</param>
    /// <exception cref="OnnxModelException">Both models use different versions of one operator set, or give one output name twice.</exception>
    public OnnxModel Merge(OnnxModel other)
    {
        HashSet<string> mine = [.. Inputs.Select(static input => input.Name)];
        Dictionary<string, string> shared = other.Inputs.Where(input => mine.Contains(input.Name)).ToDictionary(static i => i.Name, static i => i.Name);
        return GraphComposer.Compose(this, other, shared, keepOutputs: true);
    }

    /// <summary>The same model with other names of inputs and outputs; inner tensors that have such a name give way.</summary>
    /// <param name="names">Old name → new name.</param>
    internal OnnxModel Rename(IReadOnlyDictionary<string, string> names)
    {
        HashSet<string> taken = GraphComposer.Names(Proto.Graph);
        Dictionary<string, string> all = new(names);
        foreach (string wanted in names.Values)
        {
            if (taken.Contains(wanted) && !names.ContainsKey(wanted))
            {
                all[wanted] = GraphComposer.Free(wanted, taken);
            }
        }

        ModelProto proto = Shallow.Header(Proto);
        proto.Graph = GraphRenamer.Rename(Proto.Graph, all);
        if (ReferenceEquals(proto.Graph, Proto.Graph))
        {
            proto.Graph = Shallow.Copy(Proto).Graph;
        }

        return new OnnxModel(proto, Directory);
    }

    private static ModelProto ParseProto(ReadOnlySpan<byte> bytes, string origin)
    {
        WireScan.Check(bytes, origin);
        ModelProto proto;
        try
        {
            proto = ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new OnnxModelException(
                $"{origin} is not an ONNX model, or is cut short ({exception.Message.TrimEnd('.')}). Copy, download or export it again.", exception);
        }

        if (proto.Graph is null || !proto.HasIrVersion)
        {
            string missing = proto.Graph is null ? "no graph" : "no IR version";
            throw new OnnxModelException($"{origin} is not an ONNX model: it has {missing}. Copy, download or export it again.");
        }

        return proto;
    }
}
