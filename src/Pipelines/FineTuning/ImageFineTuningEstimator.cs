using Microsoft.ML;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>Trains an image backbone together with a linear classifier.</summary>
/// <remarks>
/// <format type="text/markdown"><![CDATA[
/// | Characteristic | |
/// | -- | -- |
/// | Machine learning task | Multiclass classification |
/// | Is normalization required? | No |
/// | Is caching required? | No |
/// | Input column data type | text (a path), or image (MLImage) |
/// | Label column data type | Key |
/// | Output columns | Features: vector of Single · Score: vector of Single · PredictedLabel: Key, with the names of the label column |
/// | Required NuGet in addition to Microsoft.ML | MLTransfer.Pipelines and TorchSharp-cpu to train; Microsoft.ML.ImageAnalytics, Microsoft.ML.OnnxTransformer and Microsoft.ML.OnnxRuntime to run the saved model |
/// | Exportable to ONNX | Yes |
///
/// The transformer is a chain of ML.NET's own transforms when it is saved: LoadImages (for paths), ResizeImages, ExtractPixels, ApplyOnnxModel with the
/// trained weights, and a linear maximum-entropy model. A column of the bytes of image files is refused: ML.NET has no transform that decodes them.
/// ]]></format>
/// </remarks>
public sealed class ImageFineTuningEstimator : IEstimator<ITransformer>
{
    private readonly FineTuningJob _job;

    internal ImageFineTuningEstimator(FineTuningJob job) => _job = job.Checked();

    /// <summary>Trains. It takes as long as it takes: progress and cancellation were given to the catalog's method.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="Models.Errors.UserException">The plan does not fit the backbone, an image is broken, or the training does not come to a result.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public ITransformer Fit(IDataView input) => _job.Fit(input);

    /// <summary>The schema with the columns of features, scores and predicted label.</summary>
    /// <param name="inputSchema">The schema of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _job.GetOutputSchema(inputSchema);
}
