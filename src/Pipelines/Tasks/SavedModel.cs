using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Data;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>The whole model, from the columns that a user's app has to the predicted label, made of ML.NET's own transforms when it is saved.</summary>
internal sealed class SavedModel
{
    private readonly MLContext _ml;
    private readonly DataViewSchema _schema;

    /// <param name="ml">The context.</param>
    /// <param name="extractors">One for each input.</param>
    /// <param name="head">From the column <c>Features</c> to <c>PredictedLabel</c> and <c>Score</c>.</param>
    /// <param name="resolved">The pipeline.</param>
    /// <param name="rows">The schema of the data.</param>
    public SavedModel(MLContext ml, IReadOnlyList<FeatureExtractor> extractors, ITransformer head, PipelineConfiguration resolved, DataViewSchema rows)
    {
        _ml = ml;
        DataColumns columns = PipelineResolution.Columns(resolved, hasLabel: false);
        var schema = new DataViewSchema.Builder();
        foreach (string name in columns.Images.Concat(columns.Texts.SelectMany(static input => input)).Distinct(StringComparer.Ordinal))
            schema.AddColumn(name, rows[name].Type);
        _schema = schema.ToSchema();

        List<ITransformer> steps = [.. extractors.SelectMany(static extractor => extractor.Transformers)];

        steps.Add(extractors.Count == 1 ? FeatureVector.Flat(ml, extractors[0].Dimension) : Joined(extractors));
        steps.Add(head);
        Transformer = new TransformerChain<ITransformer>([.. steps]);
    }

    /// <summary>The model.</summary>
    public ITransformer Transformer { get; }

    /// <summary>The column of an input's features.</summary>
    public static string FeatureColumn(int input, int inputs) =>
        inputs == 1 ? FeatureTableView.Features : string.Create(CultureInfo.InvariantCulture, $"{FeatureTableView.Features}{input + 1}");

    /// <summary>Writes the model as a zip.</summary>
    public void Save(Stream file) => _ml.Model.Save(Transformer, _schema, file);

    private ColumnConcatenatingTransformer Joined(IReadOnlyList<FeatureExtractor> extractors)
    {
        string[] names = [.. extractors.Select((_, index) => FeatureColumn(index, extractors.Count))];
        var schema = new DataViewSchema.Builder();
        for (int i = 0; i < names.Length; i++)
            schema.AddColumn(names[i], new VectorDataViewType(NumberDataViewType.Single, 1, extractors[i].Dimension));
        return _ml.Transforms.Concatenate(FeatureTableView.Features, names).Fit(new Features.EmptyRows(schema.ToSchema()));
    }
}
