using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;
using MLTransfer.Pipelines.Features;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Pipelines.Export;

/// <summary>A saved model as one ONNX graph: texts or pixels in, label and scores out.</summary>
/// <param name="Model">The graph.</param>
/// <param name="Inputs">The graph's inputs, in its order.</param>
/// <param name="Classes">Names of the classes in the order of the scores.</param>
internal sealed record WholeGraph(OnnxModel Model, IReadOnlyList<GraphInput> Inputs, IReadOnlyList<string> Classes)
{
    private const string Note = "mltransfer.model";

    /// <summary>Builds the graph.</summary>
    /// <param name="saved">The saved model.</param>
    /// <param name="channelsLast">Whether inputs of pixels are <c>[batch, height, width, 3]</c> instead of planes.</param>
    /// <exception cref="UserException">A step of the model cannot be written as ONNX.</exception>
    public static WholeGraph Build(SavedSteps saved, bool channelsLast = false)
    {
        OnnxModel? features = null;
        List<SavedFeatures> notes = [];
        HeadGraph? head = null;
        Dictionary<string, string> links = [];
        foreach (SavedStep step in saved.Steps)
        {
            if (step.Graph is { } graph)
            {
                notes.Add(SavedFeatures.Of(graph) ?? throw new UserException($"{step.Description} holds a graph that MLTransfer did not make. It has no note of its columns."));
                features = features is null ? graph : features.Merge(graph);
                continue;
            }

            if (BelongsToInput(step))
            {
                continue;
            }

            if (features is null)
            {
                throw new UserException($"{step.Description} comes before any ONNX graph, and cannot be written as ONNX itself.");
            }

            head ??= Begin(features, notes, links);
            head.Add(step);
        }

        if (features is null || head is null)
        {
            throw new UserException("The model is no classifier on features of a backbone: there is no ONNX graph in it, or nothing behind it.");
        }

        // Outputs in front of the head's are of no use to a reader of the whole graph.
        OnnxModel whole = features.Append(head.Build(), links);
        whole = whole.Slice([.. whole.Outputs.Select(static output => output.Name)]);
        Dictionary<string, string> pixels = PixelNames(notes);
        whole = whole.Rename(pixels);
        if (channelsLast)
        {
            foreach (string name in pixels.Values)
            {
                whole = Interleave(whole, name);
            }
        }

        Describe(whole, notes, pixels, head.Classes);
        Dictionary<string, string> columns = pixels.ToDictionary(static pair => pair.Value, static pair => pair.Key);
        GraphInput[] inputs = [.. whole.Inputs.Select(input => columns.TryGetValue(input.Name, out string? column)
            ? new GraphInput(input.Name, column, channelsLast)
            : new GraphInput(input.Name, input.Name, IsChannelsLast: false))];
        return new WholeGraph(whole, inputs, head.Classes);
    }

    /// <summary>Steps that make what the graph reads: they stay with the caller.</summary>
    private static bool BelongsToInput(SavedStep step) => step.Transformer is
        ImageLoadingTransformer or ImageResizingTransformer or ImagePixelExtractingTransformer or ColumnSelectingTransformer or ExpressionTransformer;

    private static HeadGraph Begin(OnnxModel features, List<SavedFeatures> notes, Dictionary<string, string> links)
    {
        HeadGraph head = new(features.Opsets[Opset.Standard]);
        foreach (string column in notes.Select(static note => note.Output))
        {
            OnnxValue output = features.Outputs.Single(value => value.Name == column);
            if (output.Dimensions is not [_, var length] || !int.TryParse(length, out int size))
            {
                throw new UserException($"The graph of the column '{column}' does not say how long its vectors are ({output}).");
            }

            head.Read(column, size);
            links[column] = column;
        }

        return head;
    }

    /// <summary>Columns between ML.NET's transforms have names that only make sense there.</summary>
    private static Dictionary<string, string> PixelNames(List<SavedFeatures> notes)
    {
        SavedFeatures[] images = [.. notes.Where(static note => note.Pixels is not null)];
        return images.ToDictionary(static note => note.Pixels!, note => images.Length == 1 ? "pixels" : note.Inputs[0] + ".pixels");
    }

    /// <summary>The same graph with an input <c>[batch, height, width, 3]</c> in place of <c>[batch, 3, height, width]</c>.</summary>
    private static OnnxModel Interleave(OnnxModel model, string input)
    {
        IReadOnlyList<string> dims = model.Inputs.Single(value => value.Name == input).Dimensions!;
        long[] size = [.. dims.Skip(2).Select(static dim => long.Parse(dim, CultureInfo.InvariantCulture))];
        GraphBuilder graph = new("interleaved", model.Opsets[Opset.Standard]);
        string pixels = graph.Input(input, DataType.Uint8, "batch", size[0], size[1], 3L);
        string planes = graph.Node("Transpose", [pixels], ("perm", new long[] { 0, 3, 1, 2 }));
        graph.Output(input + ".planes", planes, DataType.Uint8, "batch", 3L, size[0], size[1]);
        return model.Prepend(graph.Build(), new Dictionary<string, string> { [input] = input + ".planes" });
    }

    private static void Describe(OnnxModel model, List<SavedFeatures> notes, Dictionary<string, string> names, IReadOnlyList<string> classes)
    {
        JsonArray inputs = [];
        foreach (SavedFeatures note in notes)
        {
            JsonObject input = new() { ["columns"] = new JsonArray([.. note.Inputs.Select(static column => JsonValue.Create(column))]) };
            if (note.Pixels is { } pixels)
            {
                input["pixels"] = names[pixels];
                input["chain"] = JsonNode.Parse(StrictJson.Write(note.Chain));
            }

            inputs.Add(input);
        }

        JsonObject text = new()
        {
            ["inputs"] = inputs,
            ["classes"] = new JsonArray([.. classes.Select(static name => JsonValue.Create(name))]),
        };
        StringStringEntryProto[] kept = [.. model.Proto.MetadataProps.Where(static pair => pair.Key != SavedFeatures.Key)];
        model.Proto.MetadataProps.Clear();
        model.Proto.MetadataProps.AddRange(kept);
        model.Proto.MetadataProps.Add(new StringStringEntryProto { Key = Note, Value = text.ToJsonString(JsonSerializerOptions.Web) });
    }
}
