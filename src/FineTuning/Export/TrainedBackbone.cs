using MLTransfer.Models.Catalog;
using MLTransfer.Models.Json;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Export;

/// <summary>A backbone with trained weights, as a folder of its own: graph, card, tokenizer. It can be used wherever the original can.</summary>
internal static class TrainedBackbone
{
    /// <summary>Writes the folder and loads it.</summary>
    /// <param name="original">The backbone that was trained.</param>
    /// <param name="trained">What came of it.</param>
    /// <param name="folder">The folder; made where it is missing.</param>
    public static Backbone Save(Backbone original, FineTunedModel trained, string folder)
    {
        Write(original, WithWeights(OnnxModel.Load(original.ModelPath), trained.Model, trained.Trained), folder);
        return Backbone.Load(folder);
    }

    /// <summary>Writes the folder.</summary>
    /// <param name="original">The backbone whose card and tokenizer go with the graph.</param>
    /// <param name="model">The graph with other weights.</param>
    /// <param name="folder">The folder; made where it is missing.</param>
    public static void Write(Backbone original, OnnxModel model, string folder)
    {
        Directory.CreateDirectory(folder);
        model.Save(Path.Combine(folder, "model.onnx"));
        foreach (string? file in (string?[])[original.Card.Text?.Tokenizer.Vocabulary, original.Card.Text?.Tokenizer.Merges])
        {
            if (file is not null)
            {
                string target = Path.Combine(folder, file);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(Path.Combine(original.Directory, file), target, overwrite: true);
            }
        }

        BackboneCard card = original.Card with
        {
            Model = "model.onnx",
            Description = $"{original.Card.Description} Fine-tuned.".TrimStart(),
            Address = null,
            Sha256 = null,
            Files = [],
        };
        File.WriteAllText(Path.Combine(folder, "card.json"), StrictJson.Write(card));
    }

    /// <summary>A model with some initializers of another model in the place of its own of the same name.</summary>
    private static OnnxModel WithWeights(OnnxModel model, OnnxModel trained, IReadOnlyCollection<string> names)
    {
        HashSet<string> wanted = [.. names];
        var values = trained.Proto.Graph.Initializer.Where(tensor => wanted.Contains(tensor.Name)).ToDictionary(static tensor => tensor.Name);
        ModelProto proto = model.Proto.Clone();
        for (int i = 0; i < proto.Graph.Initializer.Count; i++)
        {
            if (values.Remove(proto.Graph.Initializer[i].Name, out TensorProto? value))
            {
                proto.Graph.Initializer[i] = value;
            }
        }

        return values.Count == 0
            ? new OnnxModel(proto, model.Directory)
            : throw new ExportException($"The weight '{values.Keys.First()}' was trained and is not in the backbone's file.");
    }
}
