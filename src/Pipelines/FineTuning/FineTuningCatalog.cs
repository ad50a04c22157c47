using Microsoft.ML;
using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Catalog;
using MLTransfer.Pipelines.FineTuning.Inputs;
using MLTransfer.Pipelines.FineTuning.Targets;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>Fine-tuning of pretrained backbones, in ML.NET's catalog of trainers.</summary>
public static class FineTuningCatalog
{
    /// <summary>Trains a text backbone, or its top, together with a linear classifier.</summary>
    /// <param name="catalog">The catalog: <c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="backbone">The backbone, from <see cref="Backbone.Load"/>.</param>
    /// <param name="labelColumnName">Name of the label column, a key. The default value is <c>Label</c>.</param>
    /// <param name="textColumnName">Name of the text column. The default value is <c>Text</c>.</param>
    /// <param name="pairColumnName">Name of the second text column of sentence pairs. The default value is null: single texts.</param>
    /// <param name="options">How it is trained; null: as by default.</param>
    /// <param name="validationSet">Rows that are measured after each epoch; null: none, or those that the options set aside.</param>
    /// <param name="progress">Told of each step; null: nobody.</param>
    /// <param name="seed">The seed of everything that is random. The default value is 1.</param>
    /// <param name="cancellationToken">Ends the training between two steps.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(mlContext.MulticlassClassification.Trainers.FineTuneText(
    ///         Backbone.Load("all-MiniLM-L6-v2"), options: new FineTuneOptions { Train = new FreezePlan { Top = 2 } }))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// </code>
    /// </example>
    public static TextFineTuningEstimator FineTuneText(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        Backbone backbone,
        string labelColumnName = "Label",
        string textColumnName = "Text",
        string? pairColumnName = null,
        FineTuneOptions? options = null,
        IDataView? validationSet = null,
        IProgress<TrainingProgress>? progress = null,
        int seed = 1,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(textColumnName);
        string[] columns = pairColumnName is null ? [textColumnName] : [textColumnName, pairColumnName];
        options ??= new FineTuneOptions();
        return new TextFineTuningEstimator(new FineTuningJob
        {
            Name = nameof(FineTuneText),
            Environment = CatalogEnvironment.Of(catalog),
            Backbone = backbone,
            Input = new FineTunedTexts(backbone, columns, options),
            Target = new ClassTarget(labelColumnName),
            Options = options,
            ValidationSet = validationSet,
            Progress = progress,
            Seed = seed,
            Cancellation = cancellationToken,
        });
    }

    /// <summary>Trains an image backbone, or its top, together with a linear classifier.</summary>
    /// <param name="catalog">The catalog: <c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="backbone">The backbone, from <see cref="Backbone.Load"/>.</param>
    /// <param name="labelColumnName">Name of the label column, a key. The default value is <c>Label</c>.</param>
    /// <param name="imageColumnName">Name of the column with paths or images (MLImage). The default value is <c>ImagePath</c>.</param>
    /// <param name="imageFolder">Folder that paths are relative to. The default value is null: the current folder.</param>
    /// <param name="options">How it is trained, and how images are changed from epoch to epoch; null: as by default.</param>
    /// <param name="validationSet">Rows that are measured after each epoch; null: none, or those that the options set aside.</param>
    /// <param name="progress">Told of each step; null: nobody.</param>
    /// <param name="seed">The seed of everything that is random. The default value is 1.</param>
    /// <param name="cancellationToken">Ends the training between two steps.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(mlContext.MulticlassClassification.Trainers.FineTuneImage(
    ///         Backbone.Load("efficientnet-lite0"),
    ///         options: new FineTuneOptions { Augmentation = new ImageAugmentation { Flip = true, SmallestCrop = 0.5 } }))
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// </code>
    /// </example>
    public static ImageFineTuningEstimator FineTuneImage(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        Backbone backbone,
        string labelColumnName = "Label",
        string imageColumnName = "ImagePath",
        string? imageFolder = null,
        FineTuneOptions? options = null,
        IDataView? validationSet = null,
        IProgress<TrainingProgress>? progress = null,
        int seed = 1,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(imageColumnName);
        options ??= new FineTuneOptions();
        return new ImageFineTuningEstimator(new FineTuningJob
        {
            Name = nameof(FineTuneImage),
            Environment = CatalogEnvironment.Of(catalog),
            Backbone = backbone,
            Input = new FineTunedImages(backbone, imageColumnName, imageFolder, options.Augmentation, seed),
            Target = new ClassTarget(labelColumnName),
            Options = options,
            ValidationSet = validationSet,
            Progress = progress,
            Seed = seed,
            Cancellation = cancellationToken,
        });
    }
}
