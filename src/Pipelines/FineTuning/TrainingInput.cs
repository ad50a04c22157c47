using Microsoft.ML;
using MLTransfer.FineTuning.Images;
using MLTransfer.FineTuning.Texts;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.Tasks;

namespace MLTransfer.Pipelines.FineTuning;

/// <summary>The rows of a data set as a backbone is trained on them.</summary>
/// <param name="Graph">The backbone with what is before and behind it.</param>
/// <param name="Rows">The rows.</param>
internal sealed record TrainingInput(FeatureGraph Graph, ITrainingInputs Rows) : IDisposable
{
    /// <summary>Of each row its number among those of the data; null: all are there.</summary>
    public int[]? Kept { get; private init; }

    /// <summary>Labels of the rows that are there.</summary>
    public int[] Of(int[] labels) => Kept is null ? labels : Array.ConvertAll(Kept, row => labels[row]);

    /// <summary>Reads the rows of a pipeline.</summary>
    /// <param name="resolved">The pipeline, with one input.</param>
    /// <param name="backbone">Its backbone.</param>
    /// <param name="view">The rows.</param>
    /// <param name="workFolder">An existing folder for temporary files.</param>
    /// <param name="onBroken">Told of each image that cannot be used, by its number; it throws, or the row is left out.</param>
    /// <param name="cancellation">Stops the reading.</param>
    public static TrainingInput Create(
        PipelineConfiguration resolved, Backbone backbone, IDataView view, string workFolder, Action<int, UserException> onBroken, CancellationToken cancellation)
    {
        FeatureInput input = resolved.Features[0];
        if (input.Image is { } image)
        {
            return ForImages(backbone, view, image, null, null, resolved.FineTune!.Augmentation, resolved.Seed, input.Normalize, workFolder, onBroken, cancellation);
        }

        ITransformer? join = JoinedText.Create(new MLContext(), "FineTuning", input, view, out string text, out string? pair);
        return ForTexts(backbone, join?.Transform(view) ?? view, pair is null ? [text] : [text, pair], input.MaximumLength, input.Normalize);
    }

    /// <summary>Reads images.</summary>
    /// <param name="backbone">The backbone.</param>
    /// <param name="view">The rows.</param>
    /// <param name="column">The column with paths, images or contents of files.</param>
    /// <param name="folder">The folder that paths are relative to; null: the current one.</param>
    /// <param name="chain">What ML.NET's transforms do to an image; null: chosen from the backbone's preprocessing and the sizes of the first images.</param>
    /// <param name="augmentation">How images are changed from epoch to epoch.</param>
    /// <param name="seed">The seed of the changes.</param>
    /// <param name="normalize">Whether feature vectors are divided by their length.</param>
    /// <param name="workFolder">An existing folder for temporary files.</param>
    /// <param name="onBroken">Told of each image that cannot be used, by its number; it throws, or the row is left out.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="UserException">The backbone reads no images.</exception>
    public static TrainingInput ForImages(
        Backbone backbone, IDataView view, string column, string? folder, StockImageChain? chain, ImageAugmentation augmentation, int seed, bool normalize, string workFolder, Action<int, UserException> onBroken, CancellationToken cancellation)
    {
        ImagePreprocessing preprocessing = backbone.Card.Image
            ?? throw new UserException($"Backbone '{backbone.Card.Name}' does not read images: its card has no field 'image'.");
        ImageColumn images = ImageColumn.Find(view.Schema, column);
        chain ??= StockImageChain.For(preprocessing, images.Sizes(view, folder, ImageFeatureExtractingEstimator.SizesRead));
        FeatureGraph graph = FeatureGraph.Build(backbone, new FeatureGraphOptions { Normalize = normalize, Chain = chain });
        (PixelInputs rows, int[] kept) = PixelInputs.Decode([.. images.Read(view, folder)], chain, workFolder, augmentation, seed, onBroken, cancellation);
        return new TrainingInput(graph, rows) { Kept = kept };
    }

    /// <summary>Reads texts, or sentence pairs.</summary>
    /// <param name="backbone">The backbone.</param>
    /// <param name="view">The rows.</param>
    /// <param name="columns">The text column, or the two of a sentence pair.</param>
    /// <param name="maximumLength">Longest text in tokens; null: the card's.</param>
    /// <param name="normalize">Whether feature vectors are divided by their length.</param>
    public static TrainingInput ForTexts(Backbone backbone, IDataView view, IReadOnlyList<string> columns, int? maximumLength, bool normalize)
    {
        TextColumns.Check(view.Schema, columns);
        FeatureGraph graph = FeatureGraph.Build(backbone.WithMaximumLength(maximumLength), new FeatureGraphOptions { Normalize = normalize });
        return new TrainingInput(graph, TextInputs.For(graph, [.. TextColumns.Read(view, columns).Select(static row => (row.Text, row.Pair))]));
    }

    /// <summary>Checks that nothing is asked for that only images have.</summary>
    /// <exception cref="UserException">There is an augmentation.</exception>
    public static void CheckIsForTexts(ImageAugmentation augmentation)
    {
        if (augmentation.IsOn)
        {
            throw new UserException("fineTune.augmentation changes images, and the input holds texts. Leave it out.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => (Rows as IDisposable)?.Dispose();
}
