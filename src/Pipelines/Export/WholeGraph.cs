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

namespace MLTransfer.Pipelines.Export;

/// <summary>A saved model as one ONNX graph: texts or pixels in, label and scores out.</summary>
/// <param name="Model">The graph.</param>
/// <param name="Inputs">Column of the saved model → input of the graph.</param>
/// <param name="Classes">Names of the classes in the order of the scores.</param>
internal sealed record WholeGraph(OnnxModel Model, IReadOnlyDictionary<string, string> Inputs, IReadOnlyList<string> Classes)
{
    private const string Note = "mltransfer.model";

    /// <summary>Builds the graph.</summary>
    /// <exception cref="UserException">A step of the model cannot be written as ONNX.</exception>
    public static WholeGraph Build(SavedSteps saved)
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
        Dictionary<string, string> names = InputNames(notes);
        whole = whole.Rename(names);
        Describe(whole, notes, names, head.Classes);
        Dictionary<string, string> columns = whole.Inputs.ToDictionary(
            input => names.FirstOrDefault(pair => pair.Value == input.Name, new KeyValuePair<string, string>(input.Name, input.Name)).Key,
            static input => input.Name);
        return new WholeGraph(whole, columns, head.Classes);
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
    private static Dictionary<string, string> InputNames(List<SavedFeatures> notes)
    {
        SavedFeatures[] images = [.. notes.Where(static note => note.Pixels is not null)];
        return images.ToDictionary(static note => note.Pixels!, note => images.Length == 1 ? "pixels" : note.Inputs[0] + ".pixels");
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
