using System.Globalization;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;
using Dimension = MLTransfer.Models.Onnx.Protos.TensorShapeProto.Types.Dimension;

namespace MLTransfer.Models.Inference;

/// <summary>
/// Gives every backbone the inputs that extraction feeds: images as float, tokens as int64, rows and tokens in any number. Exports differ in this: TensorFlow
/// writes int32 tokens, half-precision converters float16 images, exports for phones one row of 128 tokens.
/// </summary>
internal static class BackboneInputs
{
    /// <summary>Tokens of a row that a text graph was exported for; null: any number.</summary>
    public static int? FixedLength(OnnxModel model) => model.Inputs
        .Select(static input => input.Dimensions is [_, var length] && int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out int tokens)
            ? tokens : (int?)null)
        .FirstOrDefault(static length => length is not null);

    /// <summary>Puts casts and padding in front of the inputs that need them. Names of inputs stay.</summary>
    /// <param name="model">The graph.</param>
    /// <param name="modality">What the backbone reads.</param>
    /// <param name="inputIds">The input of the token ids; other inputs are padded with 0.</param>
    /// <param name="paddingId">The token that fills up a row; asked for only where rows have a fixed length.</param>
    /// <returns>The same graph, where nothing has to be done. Its inner nodes may still be made for one row only: see <see cref="GraphProbe"/>.</returns>
    /// <exception cref="UserException">Rows have a fixed length, and the graph's operators are too old to pad to it.</exception>
    public static OnnxModel Adapt(OnnxModel model, Modality modality, string? inputIds, Func<int> paddingId)
    {
        int? length = modality == Modality.Text ? FixedLength(model) : null;
        model = WithAnyBatch(model);
        DataType wanted = modality == Modality.Text ? DataType.Int64 : DataType.Float;
        HashSet<string> fed = [.. model.Inputs.Select(static input => input.Name)];
        GraphBuilder graph = new("given", model.Opsets[Opset.Standard]);
        Dictionary<string, string> links = [];
        foreach (ValueInfoProto input in model.Proto.Graph.Input.Where(input => fed.Contains(input.Name)))
        {
            if (input.Type?.TensorType is not { } type || (type.ElemType == (int)wanted && length is null))
            {
                continue;
            }

            object[] dims = type.Shape is { } shape ? [.. shape.Dim.Select(Symbol)] : [];
            string tensor = graph.Input(input.Name, wanted, length is null ? dims : ["batch", "sequence"]);
            if (length is { } tokens)
            {
                tensor = Pad(graph, tensor, tokens, input.Name == inputIds ? paddingId() : 0);
            }

            tensor = type.ElemType == (int)wanted ? tensor : graph.Cast(tensor, (DataType)type.ElemType);
            links[input.Name] = graph.Output(input.Name + "/given", tensor, (DataType)type.ElemType, dims);
        }

        return links.Count == 0 ? model : model.Prepend(graph.Build(), links);
    }

    // tensor: [batch, sequence] → [batch, length]
    private static string Pad(GraphBuilder graph, string tensor, int length, long value)
    {
        if (graph.Opset < 11)
        {
            throw new UserException(
                $"The backbone reads rows of exactly {length} tokens, and its operators (version {graph.Opset}) cannot fill shorter rows up; version 11 can. "
                + "Export it again, with a sequence of any length or a later opset_version.");
        }

        string tokens = graph.Node("Gather", [graph.Node("Shape", [tensor]), graph.List(1)], ("axis", 0L));
        string missing = graph.Node("Sub", [graph.List(length), tokens]);
        string pads = graph.Node("Concat", [graph.List(0, 0, 0), missing], ("axis", 0L));
        return graph.Node("Pad", [tensor, pads, graph.Scalar(value)]);
    }

    /// <summary>An export with example data writes their number of rows into the file, also where the nodes take any number.</summary>
    private static OnnxModel WithAnyBatch(OnnxModel model)
    {
        HashSet<string> fed = [.. model.Inputs.Select(static input => input.Name)];
        bool IsFixed(ValueInfoProto value) =>
            fed.Contains(value.Name) && value.Type?.TensorType?.Shape?.Dim is [{ ValueCase: Dimension.ValueOneofCase.DimValue }, _, ..];
        if (!model.Proto.Graph.Input.Any(IsFixed))
        {
            return model;
        }

        ModelProto proto = Shallow.Copy(model.Proto);
        for (int i = 0; i < proto.Graph.Input.Count; i++)
        {
            if (IsFixed(proto.Graph.Input[i]))
            {
                proto.Graph.Input[i] = proto.Graph.Input[i].Clone();
                proto.Graph.Input[i].Type.TensorType.Shape.Dim[0] = new Dimension { DimParam = "batch" };
            }
        }

        // Inner shapes in the file repeat the number of rows; ONNX Runtime infers them by itself.
        proto.Graph.ValueInfo.Clear();
        return new OnnxModel(proto, model.Directory);
    }

    private static object Symbol(Dimension dim, int axis) => dim.ValueCase switch
    {
        Dimension.ValueOneofCase.DimValue => dim.DimValue,
        Dimension.ValueOneofCase.DimParam => dim.DimParam,
        _ => $"axis{axis}",
    };
}
