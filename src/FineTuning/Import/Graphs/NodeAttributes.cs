using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using AttributeType = MLTransfer.Models.Onnx.Protos.AttributeProto.Types.AttributeType;

namespace MLTransfer.FineTuning.Import.Graphs;

/// <summary>The attributes of a node, by name and with the defaults of the specification.</summary>
/// <param name="owner">How an error names the node; empty where nobody asks for an attribute that is not there, or the caller names it.</param>
/// <param name="attributes">The attributes by name.</param>
internal sealed class NodeAttributes(string owner, IReadOnlyDictionary<string, AttributeProto> attributes)
{
    public static NodeAttributes None { get; } = new(string.Empty, new Dictionary<string, AttributeProto>());

    /// <summary>Those of a node that a rewrite makes.</summary>
    /// <param name="owner">How an error names the node.</param>
    /// <param name="values">Names and values.</param>
    public static NodeAttributes Of(string owner, params IEnumerable<(string Name, object Value)> values) =>
        new(owner, values.ToDictionary(static pair => pair.Name, static pair => GraphBuilder.Attribute(pair.Name, pair.Value)));

    public IEnumerable<AttributeProto> All => attributes.Values;

    public bool Has(string name) => attributes.ContainsKey(name);

    public long Int(string name, long otherwise) => Find(name, AttributeType.Int)?.I ?? otherwise;

    public bool Flag(string name, bool otherwise = false) => Int(name, otherwise ? 1 : 0) != 0;

    public float Float(string name, float otherwise) => Find(name, AttributeType.Float)?.F ?? otherwise;

    public string String(string name, string otherwise) => Find(name, AttributeType.String)?.S.ToStringUtf8() ?? otherwise;

    public long[]? Ints(string name) => Find(name, AttributeType.Ints)?.Ints.ToArray();

    public float[]? Floats(string name) => Find(name, AttributeType.Floats)?.Floats.ToArray();

    public string[]? Strings(string name) => Find(name, AttributeType.Strings)?.Strings.Select(text => text.ToStringUtf8()).ToArray();

    public TensorProto? Tensor(string name) => Find(name, AttributeType.Tensor)?.T;

    /// <summary>An attribute that the operator cannot do without.</summary>
    public long RequiredInt(string name) => Find(name, AttributeType.Int)?.I ?? throw Missing(name);

    private AttributeProto? Find(string name, AttributeType type)
    {
        if (!attributes.TryGetValue(name, out AttributeProto? attribute))
        {
            return null;
        }

        // Files of the first ONNX versions leave the type out.
        return !attribute.HasType || attribute.Type == AttributeType.Undefined || attribute.Type == type
            ? attribute
            : throw new ImportException($"{owner}: attribute '{name}' is of type {attribute.Type}; {type} was expected. The file is damaged or its exporter is at fault.");
    }

    private ImportException Missing(string name) => new($"{(owner.Length == 0 ? string.Empty : owner + ": ")}the attribute '{name}' is missing. The file is damaged or its exporter is at fault.");
}
