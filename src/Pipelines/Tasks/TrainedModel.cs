using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Data;
using MLTransfer.Pipelines.Evaluation;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>A saved classifier, ready to predict in batches.</summary>
internal sealed class TrainedModel : IDisposable
{
    private readonly ITransformer _model;

    private TrainedModel(ITransformer model, IReadOnlyList<string> classes, IReadOnlyList<string> images, IReadOnlyList<string> texts)
    {
        _model = model;
        Classes = classes;
        Images = images;
        Texts = texts;
    }

    /// <summary>The classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The columns with paths of images.</summary>
    public IReadOnlyList<string> Images { get; }

    /// <summary>The columns with texts.</summary>
    public IReadOnlyList<string> Texts { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">The zip.</param>
    /// <param name="inference">How ONNX Runtime runs the backbones.</param>
    /// <exception cref="UserException">The file is missing, is no model, or no classifier of this library.</exception>
    public static TrainedModel Load(string path, InferenceOptions? inference = null)
    {
        ITransformer model = new MLContext().Model.LoadBatched(path, out DataViewSchema? input, inference);
        if (input is null)
            throw new UserException($"{path} does not say which columns it reads. Save the model with its input schema.");
        HashSet<string> imageColumns = [.. BatchedModelCatalog.FeatureGraphs(path)
            .Select(static graph => SavedFeatures.Of(graph.Graph)!)
            .Where(static saved => saved.Chain is not null)
            .SelectMany(static saved => saved.Inputs)];
        string[] columns = [.. input.Where(static column => !column.IsHidden && column.Type is TextDataViewType).Select(static column => column.Name)];
        return new TrainedModel(
            model,
            ClassNames(model, model.GetOutputSchema(input), path),
            [.. columns.Where(imageColumns.Contains)],
            [.. columns.Where(column => !imageColumns.Contains(column))]);
    }

    /// <summary>What the model asks of data.</summary>
    /// <param name="label">The column of the true label; null where there is none.</param>
    public DataColumns Columns(string? label) => new()
    {
        Label = label,
        Images = Images,
        Texts = [.. Texts.Select(static name => (IReadOnlyList<string>)[name])],
    };

    /// <summary>Rows with their predictions, computed while they are read.</summary>
    public IEnumerable<ScoredRow> Predict(IDataView rows, string? label) => ScoredRow.Read(_model.Transform(rows), Classes.Count, label);

    /// <summary>The metrics of rows with labels.</summary>
    public ClassificationMetrics Evaluate(IDataView rows, string label) =>
        ClassificationEvaluation.Evaluate(_model.Transform(rows), Classes, label);

    /// <inheritdoc/>
    public void Dispose() => (_model as IDisposable)?.Dispose();

    private static string[] ClassNames(ITransformer model, DataViewSchema output, string path)
    {
        DataViewSchema.Column? score = output.GetColumnOrNull("Score");
        VBuffer<ReadOnlyMemory<char>> names = default;
        if (score is { } column && column.HasSlotNames())
            column.GetSlotNames(ref names);
        if (names.Length > 0)
            return [.. names.DenseValues().Select(static name => name.ToString())];
        return score?.Type is NumberDataViewType && Last(model) is ValueMappingTransformer naming
            ? [Named(naming, false), Named(naming, true)]
            : throw new UserException($"{path} is no classifier: it has no column 'Score' with the names of its classes.");
    }

    private static ITransformer Last(ITransformer model) => model is IEnumerable<ITransformer> chain ? Last(chain.Last()) : model;

    // A binary trainer knows false and true; the last transform gives them their names.
    private static string Named(ValueMappingTransformer naming, bool value)
    {
        MLContext ml = new();
        IDataView named = naming.Transform(ml.Data.LoadFromEnumerable([new BinaryRow { PredictedLabel = value }]));
        return named.GetColumn<ReadOnlyMemory<char>>(nameof(BinaryRow.PredictedLabel)).Single().ToString();
    }

    private sealed class BinaryRow
    {
        public bool PredictedLabel { get; set; }
    }
}
