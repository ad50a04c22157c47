using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Json;

namespace MLTransfer.Pipelines.Features;

/// <summary>Turns texts, or sentence pairs, into the features of a pretrained backbone.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// | Characteristic | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | No |
/// | Input column data type | text; a second text column for sentence pairs |
/// | Output column data type | Known-sized vector of Single |
/// | Required NuGet in addition to Microsoft.ML | MLTransfer.Pipelines to train; Microsoft.ML.OnnxTransformer and Microsoft.ML.OnnxRuntime to run the saved model |
/// | Exportable to ONNX | Yes, for WordPiece tokenizers |
///
/// Texts are tokenised in parallel, sorted by length within a window and packed to a token budget; rows stream in their own order. In the saved form the
/// tokenizer is part of the ONNX graph.
///
/// Features are computed as often as rows are read. Where a later step reads them several times, put `AppendCacheCheckpoint` between, or set
/// the option `Cache`.
/// ]]></format>
/// </remarks>
public sealed class TextFeatureExtractingEstimator : IEstimator<TextFeatureExtractingTransformer>
{
    private readonly string _outputColumn;
    private readonly string[] _inputColumns;
    private readonly Backbone _backbone;
    private readonly TextFeatureOptions _options;

    internal TextFeatureExtractingEstimator(string outputColumn, string[] inputColumns, Backbone backbone, TextFeatureOptions options)
    {
        OptionsValidation.Validate(options, static field => $"TextFeatureOptions: '{field}'");
        _outputColumn = outputColumn;
        _inputColumns = inputColumns;
        _backbone = backbone;
        _options = options;
    }

    /// <summary>Loads the backbone and its tokenizer and makes the transformer. The rows are not read.</summary>
    /// <param name="input">Data with the input columns.</param>
    /// <exception cref="UserException">The backbone cannot be used: file, tensor, tokenizer, execution provider.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An input column is missing or is not text.</exception>
    public TextFeatureExtractingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        TextColumns.Check(input.Schema, _inputColumns);
        Backbone backbone = _backbone.WithMaximumLength(_options.MaximumLength);
        FeatureGraph graph = FeatureGraph.Build(backbone, new FeatureGraphOptions { Feature = _options.Feature, Normalize = _options.Normalize });
        return new TextFeatureExtractingTransformer(graph, _outputColumn, _inputColumns, _options);
    }

    /// <summary>The schema with the feature column.</summary>
    /// <param name="inputSchema">The schema of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">An input column is missing or is not text.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return FeatureColumnSchema.Shape(inputSchema, _outputColumn, [.. _inputColumns.Select(static name => (name, (DataViewType)TextDataViewType.Instance))]);
    }
}
