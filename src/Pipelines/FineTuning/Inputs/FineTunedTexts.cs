using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Pipelines.FineTuning.Inputs;

/// <summary>A column of texts, or two of sentence pairs.</summary>
internal sealed class FineTunedTexts : IFineTuningInput
{
    private readonly Backbone _backbone;
    private readonly string[] _columns;

    /// <param name="backbone">The backbone.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="options">How it is trained.</param>
    /// <exception cref="UserException">The options are for images.</exception>
    public FineTunedTexts(Backbone backbone, string[] columns, FineTuneOptions options)
    {
        TrainingInput.CheckIsForTexts(options.Augmentation);
        _backbone = backbone;
        _columns = columns;
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, DataViewType Type)> Columns(SchemaShape schema) =>
        [.. _columns.Select(static name => (name, (DataViewType)TextDataViewType.Instance))];

    /// <inheritdoc/>
    public TrainingInput Read(IDataView rows, FeatureGraph? training, string workFolder, CancellationToken cancellation) =>
        TrainingInput.ForTexts(_backbone, rows, _columns, null, normalize: false);

    /// <inheritdoc/>
    public ITransformer Features(Backbone tuned, FeatureGraph training, string output, IDataView rows) =>
        new TextFeatureExtractingEstimator(output, _columns, tuned, new TextFeatureOptions()).Fit(rows);
}
