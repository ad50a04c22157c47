using Microsoft.ML;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.FineTuning.Inputs;
using MLTransfer.Pipelines.FineTuning.Targets;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>
/// Trainers with the names and parameters of Microsoft.ML.TorchSharp: the saved model needs neither TorchSharp nor this library. What differs:
/// docs/moving-from-mlnet.md.
/// </summary>
public static class MovingTextCatalog
{
    /// <summary>The backbone where none is given.</summary>
    private const string DefaultBackbone = "all-MiniLM-L6-v2";

    /// <summary>Classifies texts or sentence pairs: all weights of the backbone train.</summary>
    /// <param name="catalog">The catalog: <c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">Name of the label column, a key. The default value is <c>Label</c>.</param>
    /// <param name="scoreColumnName">Name of the column of scores that is added. The default value is <c>Score</c>.</param>
    /// <param name="outputColumnName">Name of the column of the predicted label that is added, a key. The default value is <c>PredictedLabel</c>.</param>
    /// <param name="sentence1ColumnName">Name of the column of the first sentence. The default value is <c>Sentence1</c>.</param>
    /// <param name="sentence2ColumnName">Name of the column of the second sentence; not needed for single sentences. The default value is null.</param>
    /// <param name="batchSize">Number of rows of a batch. The default value is 32.</param>
    /// <param name="maxEpochs">The most passes over the rows. The default value is 10.</param>
    /// <param name="backbone">The backbone, in the place of <c>architecture</c>; null: <c>all-MiniLM-L6-v2</c>.</param>
    /// <param name="validationSet">Rows that are measured after each epoch; the weights of the best one are kept. The default value is null.</param>
    /// <param name="progress">Told of each step; null: nobody.</param>
    /// <param name="cancellationToken">Ends the training between two steps.</param>
    public static TextFineTuningEstimator TextClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string outputColumnName = "PredictedLabel",
        string sentence1ColumnName = "Sentence1",
        string? sentence2ColumnName = null,
        int batchSize = 32,
        int maxEpochs = 10,
        Backbone? backbone = null,
        IDataView? validationSet = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        return Create(
            catalog, nameof(TextClassification), new ClassTarget(labelColumnName), [scoreColumnName, outputColumnName], sentence1ColumnName, sentence2ColumnName,
            new FineTuneOptions { BatchSize = batchSize, Epochs = maxEpochs }, backbone, validationSet, progress, cancellationToken);
    }

    /// <summary>
    /// Predicts a number for sentence pairs, as how similar they are: a regression with the mean squared error, in which all weights of the backbone train.
    /// <c>mlContext.Regression.Evaluate</c> measures it.
    /// </summary>
    /// <param name="catalog">The catalog: <c>mlContext.Regression.Trainers</c>.</param>
    /// <param name="labelColumnName">Name of the label column, Single. The default value is <c>Label</c>.</param>
    /// <param name="scoreColumnName">Name of the column of the predicted number that is added. The default value is <c>Score</c>.</param>
    /// <param name="sentence1ColumnName">Name of the column of the first sentence. The default value is <c>Sentence1</c>.</param>
    /// <param name="sentence2ColumnName">Name of the column of the second sentence; null for single texts. The default value is <c>Sentence2</c>.</param>
    /// <param name="batchSize">Number of rows of a batch. The default value is 32.</param>
    /// <param name="maxEpochs">The most passes over the rows. The default value is 10.</param>
    /// <param name="backbone">The backbone, in the place of <c>architecture</c>; null: <c>all-MiniLM-L6-v2</c>.</param>
    /// <param name="validationSet">Rows that are measured after each epoch; the weights of the best one are kept. The default value is null.</param>
    /// <param name="options">Everything else about the training; null: as by default. <paramref name="batchSize"/> and <paramref name="maxEpochs"/> win.</param>
    /// <param name="progress">Told of each step; null: nobody.</param>
    /// <param name="cancellationToken">Ends the training between two steps.</param>
    /// <exception cref="Models.Errors.UserException">The options ask for what only classes have.</exception>
    public static TextFineTuningEstimator SentenceSimilarity(
        this RegressionCatalog.RegressionTrainers catalog,
        string labelColumnName = "Label",
        string scoreColumnName = "Score",
        string sentence1ColumnName = "Sentence1",
        string? sentence2ColumnName = "Sentence2",
        int batchSize = 32,
        int maxEpochs = 10,
        Backbone? backbone = null,
        IDataView? validationSet = null,
        FineTuneOptions? options = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        FineTuneOptions chosen = (options ?? new FineTuneOptions()) with { BatchSize = batchSize, Epochs = maxEpochs };
        return Create(
            catalog, nameof(SentenceSimilarity), new NumberTarget(labelColumnName, chosen), [scoreColumnName], sentence1ColumnName, sentence2ColumnName,
            chosen, backbone, validationSet, progress, cancellationToken);
    }

    private static TextFineTuningEstimator Create(
        TrainCatalogBase.CatalogInstantiatorBase catalog,
        string name,
        IFineTuningTarget target,
        string[] outputs,
        string sentence1,
        string? sentence2,
        FineTuneOptions options,
        Backbone? backbone,
        IDataView? validationSet,
        IProgress<TrainingProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(sentence1, nameof(sentence1));
        foreach (string output in outputs)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(output, nameof(outputs));
        }

        Backbone used = backbone ?? Backbone.Load(DefaultBackbone);
        return new TextFineTuningEstimator(new FineTuningJob
        {
            Name = name,
            Environment = CatalogEnvironment.Of(catalog),
            Backbone = used,
            Input = new FineTunedTexts(used, sentence2 is null ? [sentence1] : [sentence1, sentence2], options),
            Target = target,
            Options = options,
            OutputNames = outputs,
            ValidationSet = validationSet,
            Progress = progress,
            Cancellation = cancellation,
        });
    }
}
