using Microsoft.ML;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Models.Json;

namespace MLTransfer.Pipelines.Features;

/// <summary>Turns images into the features of a pretrained backbone.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// | Characteristic | |
/// | -- | -- |
/// | Does this estimator need to look at the data to train its parameters? | Yes: the sizes of the first 256 images, which say how ML.NET is to resize |
/// | Input column data type | text (a path), image (MLImage), or vector of Byte (the content of an image file) |
/// | Output column data type | Known-sized vector of Single |
/// | Required NuGet in addition to Microsoft.ML | MLTransfer.Pipelines to train; Microsoft.ML.ImageAnalytics, Microsoft.ML.OnnxTransformer and Microsoft.ML.OnnxRuntime to run the saved model |
/// | Exportable to ONNX | Yes |
///
/// Images are decoded in parallel and go through ONNX Runtime in batches; rows stream, so memory does not grow with the data. The saved transformer is a
/// chain of LoadImages (for paths), ResizeImages, ExtractPixels and ApplyOnnxModel. Bytes and exact preprocessing have no such chain: these transformers
/// run, but cannot be saved.
///
/// Features are computed as often as rows are read. Where a later step reads them several times, put `AppendCacheCheckpoint` between, or set
/// the option `Cache`.
/// ]]></format>
/// </remarks>
public sealed class ImageFeatureExtractingEstimator : IEstimator<ImageFeatureExtractingTransformer>
{
    internal const int SizesRead = 256;

    private readonly string _outputColumn;
    private readonly string _inputColumn;
    private readonly Backbone _backbone;
    private readonly ImageFeatureOptions _options;

    internal ImageFeatureExtractingEstimator(string outputColumn, string inputColumn, Backbone backbone, ImageFeatureOptions options)
    {
        OptionsValidation.Validate(options, static field => $"ImageFeatureOptions: '{field}'");
        _outputColumn = outputColumn;
        _inputColumn = inputColumn;
        _backbone = backbone;
        _options = options;
    }

    /// <summary>Loads the backbone and makes the transformer. Of the rows, only the sizes of the first 256 images are read.</summary>
    /// <param name="input">Data with the input column.</param>
    /// <exception cref="Models.Errors.UserException">The backbone cannot be used: file, tensor, execution provider.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing, or holds neither paths nor images nor bytes.</exception>
    public ImageFeatureExtractingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ImageColumn column = ImageColumn.Find(input.Schema, _inputColumn);
        Models.Images.StockImageChain? chain = _options.Preprocessing == ImagePreprocessingMode.Stock && _backbone.Card.Image is { } image
            ? _options.Chain ?? Models.Images.StockImageChain.For(image, column.Sizes(input, _options.ImageFolder, SizesRead))
            : null;
        FeatureGraph graph = FeatureGraph.Build(
            _backbone, new FeatureGraphOptions { Feature = _options.Feature, Normalize = _options.Normalize, Chain = chain });
        return new ImageFeatureExtractingTransformer(graph, _outputColumn, column, _options);
    }

    /// <summary>The schema with the feature column.</summary>
    /// <param name="inputSchema">The schema of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">The input column is missing, or holds neither paths nor images nor bytes.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return FeatureColumnSchema.Shape(inputSchema, _outputColumn, [(_inputColumn, ImageColumn.TypeIn(inputSchema, _inputColumn))]);
    }
}
