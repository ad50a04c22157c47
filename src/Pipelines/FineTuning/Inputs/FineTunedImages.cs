using Microsoft.ML;
using Microsoft.ML.Data;
using MLTransfer.FineTuning.Images;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Pipelines.FineTuning.Inputs;

/// <summary>A column of images: paths, MLImage, or contents of files.</summary>
/// <param name="backbone">The backbone.</param>
/// <param name="column">The column.</param>
/// <param name="folder">The folder that paths are relative to; null: the current one.</param>
/// <param name="augmentation">How training images are changed.</param>
/// <param name="seed">The seed of the changes.</param>
internal sealed class FineTunedImages(Backbone backbone, string column, string? folder, ImageAugmentation augmentation, int seed) : IFineTuningInput
{
    /// <inheritdoc/>
    public IReadOnlyList<(string Name, DataViewType Type)> Columns(SchemaShape schema) => [(column, ImageColumn.TypeIn(schema, column))];

    /// <inheritdoc/>
    /// <exception cref="UserException">The column holds bytes, an image is broken, or the backbone reads no images.</exception>
    public TrainingInput Read(IDataView rows, FeatureGraph? training, string workFolder, CancellationToken cancellation)
    {
        if (ImageColumn.Find(rows.Schema, column).Kind == ImageColumnKind.Bytes)
        {
            throw new UserException(
                $"Column '{column}' holds the bytes of image files, and ML.NET has no transform that decodes them, so that the model could not be saved. Give a column of paths, or of images (LoadImages), and leave LoadRawImageBytes out.");
        }

        return TrainingInput.ForImages(
            backbone, rows, column, folder, training?.Options.Chain, augmentation, seed, normalize: false, workFolder, static (_, error) => throw error, cancellation);
    }

    /// <inheritdoc/>
    public ITransformer Features(Backbone tuned, FeatureGraph training, string output, IDataView rows) =>
        new ImageFeatureExtractingEstimator(output, column, tuned, new ImageFeatureOptions { Chain = training.Options.Chain, ImageFolder = folder }).Fit(rows);
}
