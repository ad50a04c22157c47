using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Onnx;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Pipelines.Export;

/// <summary>The transforms of a saved model, one after the other; chains inside of chains are laid flat.</summary>
internal sealed class SavedSteps : IDisposable
{
    private readonly ITransformer _model;

    private SavedSteps(ITransformer model, IReadOnlyList<SavedStep> steps)
    {
        _model = model;
        Steps = steps;
    }

    /// <summary>The transforms in the order in which they run.</summary>
    public IReadOnlyList<SavedStep> Steps { get; }

    /// <summary>Loads a model with ML.NET's own transforms, as a user's app does.</summary>
    /// <param name="path">The zip.</param>
    /// <exception cref="UserException">The file is missing, or is not a model that ML.NET saved with its input schema.</exception>
    public static SavedSteps Load(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserException($"{path} does not exist. Expected a model that ML.NET saved (.zip).");
        }

        try
        {
            ITransformer model = new MLContext().Model.Load(path, out DataViewSchema? schema);
            return schema is null
                ? throw new UserException($"{path} does not say which columns it reads. Save the model with its input schema.")
                : new SavedSteps(model, [.. Flatten(model, schema, path)]);
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or InvalidOperationException)
        {
            throw new UserException($"{path} cannot be loaded as a model: {exception.Message} Save it again, or copy it again.", exception);
        }
    }

    /// <summary>All columns of all steps, those that the model drops at its end included.</summary>
    public IDataView Transform(IDataView rows)
    {
        foreach (SavedStep step in Steps)
        {
            rows = step.Transformer is ColumnSelectingTransformer ? rows : step.Transformer.Transform(rows);
        }

        return rows;
    }

    /// <inheritdoc/>
    public void Dispose() => (_model as IDisposable)?.Dispose();

    private static IEnumerable<SavedStep> Flatten(ITransformer model, DataViewSchema schema, string path)
    {
        Queue<OnnxModel> graphs = new(SavedGraphs.Read(path).Select(static saved => saved.Graph));
        int index = 0;
        foreach (ITransformer transformer in Leaves(model))
        {
            DataViewSchema output = transformer.GetOutputSchema(schema);
            OnnxModel? graph = transformer is not OnnxTransformer ? null : graphs.TryDequeue(out OnnxModel? next)
                ? next
                : throw new UserException($"{path} lacks the graph of an ONNX transform. Save the model again.");
            yield return new SavedStep(index++, transformer, schema, output, graph);
            schema = transformer is ColumnSelectingTransformer ? schema : output;
        }
    }

    private static IEnumerable<ITransformer> Leaves(ITransformer transformer) =>
        transformer is TransformerChain<ITransformer> chain ? chain.SelectMany(Leaves) : [transformer];
}
