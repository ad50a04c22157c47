using Microsoft.ML;
using MLTransfer.Models.Catalog;

namespace MLTransfer.Pipelines.Features;

/// <summary>Feature extraction by pretrained backbones, in ML.NET's catalog of transforms.</summary>
public static class FeatureExtractionCatalog
{
    /// <summary>Turns images into the features of a pretrained backbone.</summary>
    /// <param name="catalog">The catalog: <c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">Name of the column that is made: a vector of Single whose length is the backbone's.</param>
    /// <param name="inputColumnName">Name of the column with paths (text), images (MLImage) or contents of image files (vector of Byte).</param>
    /// <param name="backbone">The backbone, from <see cref="Backbone.Load"/>.</param>
    /// <param name="options">What differs from the defaults; null: nothing.</param>
    /// <example>
    /// <code>
    /// var pipeline = mlContext.Transforms.Conversion.MapValueToKey("Label")
    ///     .Append(mlContext.Transforms.ExtractImageFeatures("Features", "ImagePath", Backbone.Load("efficientnet-lite0")))
    ///     .Append(mlContext.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
    ///     .Append(mlContext.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
    /// </code>
    /// </example>
    public static ImageFeatureExtractingEstimator ExtractImageFeatures(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, Backbone backbone, ImageFeatureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        ArgumentNullException.ThrowIfNull(backbone);
        return new ImageFeatureExtractingEstimator(outputColumnName, inputColumnName, backbone, options ?? new ImageFeatureOptions());
    }

    /// <summary>Turns texts into the features of a pretrained backbone.</summary>
    /// <param name="catalog">The catalog: <c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">Name of the column that is made: a vector of Single whose length is the backbone's.</param>
    /// <param name="inputColumnName">Name of the text column.</param>
    /// <param name="backbone">The backbone, from <see cref="Backbone.Load"/>.</param>
    /// <param name="options">What differs from the defaults; null: nothing.</param>
    public static TextFeatureExtractingEstimator ExtractTextFeatures(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, Backbone backbone, TextFeatureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(inputColumnName);
        ArgumentNullException.ThrowIfNull(backbone);
        return new TextFeatureExtractingEstimator(outputColumnName, [inputColumnName], backbone, options ?? new TextFeatureOptions());
    }

    /// <summary>Turns sentence pairs into the features of a pretrained backbone, which reads both sentences together.</summary>
    /// <param name="catalog">The catalog: <c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">Name of the column that is made: a vector of Single whose length is the backbone's.</param>
    /// <param name="sentence1ColumnName">Name of the first text column.</param>
    /// <param name="sentence2ColumnName">Name of the second text column.</param>
    /// <param name="backbone">The backbone, from <see cref="Backbone.Load"/>.</param>
    /// <param name="options">What differs from the defaults; null: nothing.</param>
    public static TextFeatureExtractingEstimator ExtractSentencePairFeatures(
        this TransformsCatalog catalog,
        string outputColumnName,
        string sentence1ColumnName,
        string sentence2ColumnName,
        Backbone backbone,
        TextFeatureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(sentence1ColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(sentence2ColumnName);
        ArgumentNullException.ThrowIfNull(backbone);
        return new TextFeatureExtractingEstimator(
            outputColumnName, [sentence1ColumnName, sentence2ColumnName], backbone, options ?? new TextFeatureOptions());
    }
}
