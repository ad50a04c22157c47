using Microsoft.ML;
using MLTransfer.Models.Catalog;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>
/// The image trainer with the names and parameters of Microsoft.ML.Vision: the saved model needs neither TensorFlow nor this library. What differs:
/// docs/moving-from-mlnet.md.
/// </summary>
public static class MovingImageCatalog
{
    /// <summary>Classifies images by a linear classifier on the features of a backbone that stays as it is.</summary>
    /// <param name="catalog">The catalog: <c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="labelColumnName">Name of the label column, a key. The default value is <c>Label</c>.</param>
    /// <param name="featureColumnName">Name of the column of paths or images (MLImage). The default value is <c>Features</c>.</param>
    /// <param name="scoreColumnName">Name of the column of scores that is added. The default value is <c>Score</c>.</param>
    /// <param name="predictedLabelColumnName">Name of the column of the predicted label that is added, a key. The default value is <c>PredictedLabel</c>.</param>
    /// <param name="validationSet">Rows that are measured after each epoch. The default value is null: a tenth of the training rows.</param>
    /// <param name="backbone">The backbone; null: <c>efficientnet-lite0</c>.</param>
    public static ImageClassificationTrainer ImageClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label",
        string featureColumnName = "Features",
        string scoreColumnName = "Score",
        string predictedLabelColumnName = "PredictedLabel",
        IDataView? validationSet = null,
        Backbone? backbone = null) => catalog.ImageClassification(new ImageClassificationTrainer.Options
        {
            LabelColumnName = labelColumnName,
            FeatureColumnName = featureColumnName,
            ScoreColumnName = scoreColumnName,
            PredictedLabelColumnName = predictedLabelColumnName,
            ValidationSet = validationSet,
            Backbone = backbone,
        });

    /// <summary>Classifies images by a linear classifier on the features of a backbone that stays as it is.</summary>
    /// <param name="catalog">The catalog: <c>mlContext.MulticlassClassification.Trainers</c>.</param>
    /// <param name="options">What is learned, from what, and how.</param>
    /// <exception cref="ArgumentException">There is nothing for early stopping to measure.</exception>
    /// <exception cref="Models.Errors.UserException">An option is out of its range.</exception>
    public static ImageClassificationTrainer ImageClassification(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, ImageClassificationTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ImageClassificationTrainer(CatalogEnvironment.Of(catalog), options);
    }
}
