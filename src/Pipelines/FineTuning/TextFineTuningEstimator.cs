using Microsoft.ML;
using MLTransfer.FineTuning.Rates;

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
public sealed class TextFineTuningEstimator : IEstimator<FineTunedTransformer>
{
    private readonly FineTuningJob _job;

    internal TextFineTuningEstimator(FineTuningJob job) => _job = job.Checked();

    /// <summary>Trains. It takes as long as it takes: progress and cancellation were given to the catalog's method.</summary>
    /// <param name="input">The training rows.</param>
    /// <returns>The trained model; with <see cref="FineTunedTransformer.Adapter"/> where low-rank adapters were trained.</returns>
    /// <exception cref="Models.Errors.UserException">The plan does not fit the backbone, or the training does not come to a result.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="OperationCanceledException">The training was cancelled.</exception>
    public FineTunedTransformer Fit(IDataView input) => _job.Fit(input);

    /// <summary>
    /// Tries learning rates, each in one step of the training that <see cref="Fit"/> would do: the same rows, weights, head, batches, loss and optimizer, with a rate that grows
    /// from step to step (Smith 2017, arXiv:1506.01186). What it trains is thrown away.
    /// </summary>
    /// <param name="input">The training rows.</param>
    /// <param name="range">Which rates; null: as by default.</param>
    /// <returns>The curve of losses, and a rate to train with.</returns>
    /// <exception cref="Models.Errors.UserException">An option is out of its range, the plan does not fit the backbone, or the loss is no number from the beginning.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="OperationCanceledException">The test was cancelled.</exception>
    /// <example>
    /// <code>
    /// LearningRateRange range = trainer.FindLearningRate(train);
    /// if (range.SuggestedRate is { } rate)
    /// {
    ///     options = options with { LearningRate = rate, HeadLearningRate = range.SuggestedHeadRate!.Value };
    /// }
    /// </code>
    /// </example>
    public LearningRateRange FindLearningRate(IDataView input, LearningRateRangeOptions? range = null) => _job.FindLearningRate(input, range);

    /// <summary>The schema with the columns of features, scores and predicted label.</summary>
    /// <param name="inputSchema">The schema of the data.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _job.GetOutputSchema(inputSchema);
}
