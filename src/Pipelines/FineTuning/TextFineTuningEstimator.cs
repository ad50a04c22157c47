using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Export;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.Tasks;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>Trains a text backbone together with a linear classifier.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// | Characteristic | |
/// | -- | -- |
/// | Machine learning task | Multiclass classification |
/// | Is normalization required? | No |
/// | Is caching required? | No |
/// | Input column data type | text; a second text column for sentence pairs |
/// | Label column data type | Key |
/// | Output columns | Features: vector of Single · Score: vector of Single · PredictedLabel: Key, with the names of the label column |
/// | Required NuGet in addition to Microsoft.ML | MLTransfer.Pipelines and TorchSharp-cpu to train; Microsoft.ML.OnnxTransformer and Microsoft.ML.OnnxRuntime to run the saved model |
/// | Exportable to ONNX | Yes, for WordPiece tokenizers |
///
/// The transformer is a chain of ML.NET's own transforms when it is saved: the backbone with its trained weights and its tokenizer, and a linear
/// maximum-entropy model.
/// ]]></format>
/// </remarks>
public sealed class TextFineTuningEstimator : IEstimator<ITransformer>
{
    private const string FeaturesColumn = FeatureTableView.Features;

    private readonly Backbone _backbone;
    private readonly string _labelColumn;
    private readonly string[] _textColumns;
    private readonly FineTuneOptions _options;
    private readonly IDataView? _validationSet;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly int _seed;
    private readonly CancellationToken _cancellation;

    internal TextFineTuningEstimator(
        Backbone backbone, string labelColumn, string[] textColumns, FineTuneOptions options, IDataView? validationSet, IProgress<TrainingProgress>? progress, int seed, CancellationToken cancellation)
    {
        OptionsValidation.Validate(options, static field => $"FineTuneOptions: '{field}'");
        _backbone = backbone;
        _labelColumn = labelColumn;
        _textColumns = textColumns;
        _options = options;
        _validationSet = validationSet;
        _progress = progress;
        _seed = seed;
        _cancellation = cancellation;
    }

    /// <summary>Trains. It takes as long as it takes: progress and cancellation were given to the catalog's method.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="UserException">The plan does not fit the backbone, or the training does not come to a result.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public ITransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        CheckLabel(input.Schema);
        string work = Directory.CreateTempSubdirectory("mltransfer-fine-tuning-").FullName;
        try
        {
            ClassifiedRows rows = ClassifiedRows.OfKeys(input, _labelColumn);
            using TrainingInput training = TrainingInput.ForTexts(_backbone, input, _textColumns, null, normalize: false);
            using TrainingInput? validation = _validationSet is null ? null : TrainingInput.ForTexts(_backbone, _validationSet, _textColumns, null, normalize: false);
            FineTunedModel trained = FineTuner.Train(
                new FineTuneRequest
                {
                    Model = training.Graph.Model,
                    Candidates = BackboneWeights.Stored(_backbone),
                    Identity = training.Graph.CacheKey,
                    Rows = new LabelledRows(training.Rows, rows.Labels),
                    Validation = validation is null ? null : new LabelledRows(validation.Rows, ClassifiedRows.Read(_validationSet!, _labelColumn, rows.Classes)),
                    Classes = rows.Classes,
                    Options = _options,
                    Seed = _seed,
                    WorkFolder = work,
                    Progress = _progress,
                },
                _cancellation);
            return Transformer(trained, rows.Classes, input, work);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>The schema with the columns of features, scores and predicted label.</summary>
    /// <param name="inputSchema">The schema of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape features = FeatureColumnSchema.Shape(inputSchema, FeaturesColumn, [.. _textColumns.Select(static name => (name, (DataViewType)TextDataViewType.Instance))]);
        return new MLContext().MulticlassClassification.Trainers.LbfgsMaximumEntropy(_labelColumn, FeaturesColumn).GetOutputSchema(features);
    }

    // Loaded once: the transforms hold what they read, and the folder goes.
    private TransformerChain<ITransformer> Transformer(FineTunedModel trained, IReadOnlyList<string> classes, IDataView input, string work)
    {
        Backbone tuned = TrainedBackbone.Save(_backbone, trained, Path.Combine(work, "backbone"));
        MLContext ml = new();
        TextFeatureExtractingTransformer features = new TextFeatureExtractingEstimator(FeaturesColumn, _textColumns, tuned, new TextFeatureOptions()).Fit(input);
        _ = ((ITransformer)features).GetRowToRowMapper(input.Schema); // makes the stock form while the files are there
        return new TransformerChain<ITransformer>(
            features, FeatureVector.Flat(ml, trained.Dimension), new LinearHead(trained.HeadWeights, trained.HeadBiases, classes).Classifier(FeaturesColumn));
    }

    private void CheckLabel(DataViewSchema schema)
    {
        DataViewSchema.Column label = schema.GetColumnOrNull(_labelColumn)
            ?? throw new ArgumentOutOfRangeException(nameof(schema), $"Could not find label column '{_labelColumn}'");
        if (label.Type is not KeyDataViewType)
        {
            throw new ArgumentOutOfRangeException(nameof(schema), $"Schema mismatch for label column '{_labelColumn}': expected Key, got {label.Type}");
        }
    }
}
