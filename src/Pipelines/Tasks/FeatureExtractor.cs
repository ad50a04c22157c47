using Microsoft.ML;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Features;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>One input of a pipeline, ready to extract: the transforms that the saved model holds, and the batched way through them.</summary>
internal sealed class FeatureExtractor : IDisposable
{
    private readonly ITransformer? _join;
    private readonly Func<IDataView, IProgress<int>, CancellationToken, IEnumerable<FeatureResult>> _extract;
    private readonly IDisposable _owned;

    private FeatureExtractor(
        Backbone backbone,
        ITransformer? join,
        ITransformer transformer,
        int dimension,
        Func<IDataView, IProgress<int>, CancellationToken, IEnumerable<FeatureResult>> extract)
    {
        Backbone = backbone;
        _join = join;
        _extract = extract;
        _owned = (IDisposable)transformer;
        Dimension = dimension;
        Transformers = join is null ? [transformer] : [join, transformer];
    }

    /// <summary>The backbone.</summary>
    public Backbone Backbone { get; }

    /// <summary>Length of a feature vector.</summary>
    public int Dimension { get; }

    /// <summary>What the saved model holds, in this order.</summary>
    public IReadOnlyList<ITransformer> Transformers { get; }

    /// <summary>Makes the extractor of an input.</summary>
    /// <param name="ml">The context of the transforms.</param>
    /// <param name="input">The input, its paths absolute.</param>
    /// <param name="backbone">Its backbone.</param>
    /// <param name="outputColumn">The column of the features in the saved model.</param>
    /// <param name="configuration">The pipeline: inference and cache.</param>
    /// <param name="rows">Rows with the input's columns; not read.</param>
    /// <param name="warn">Told of what goes wrong with the cache.</param>
    /// <exception cref="Models.Errors.UserException">The backbone cannot be used.</exception>
    public static FeatureExtractor Create(
        MLContext ml, FeatureInput input, Backbone backbone, string outputColumn, PipelineConfiguration configuration, IDataView rows, Action<string> warn)
    {
        if (input.Image is { } image)
        {
            ImageFeatureExtractingTransformer transformer = ml.Transforms
                .ExtractImageFeatures(outputColumn, image, backbone, ImageOptions(input, configuration, warn))
                .Fit(rows);
            return new FeatureExtractor(backbone, null, transformer, transformer.Dimension,
                (rows, progress, cancellation) => Counted(transformer.Extract(rows, cancellation), progress));
        }

        ITransformer? join = JoinedText.Create(ml, outputColumn, input, rows, out string text, out string? pair);
        IDataView joined = join?.Transform(rows) ?? rows;
        TextFeatureOptions options = TextOptions(input, configuration, warn);
        TextFeatureExtractingEstimator estimator = pair is null
            ? ml.Transforms.ExtractTextFeatures(outputColumn, text, backbone, options)
            : ml.Transforms.ExtractSentencePairFeatures(outputColumn, text, pair, backbone, options);
        TextFeatureExtractingTransformer textTransformer = estimator.Fit(joined);
        return new FeatureExtractor(backbone, join, textTransformer, textTransformer.Dimension,
            (rows, progress, cancellation) => textTransformer.Extract(rows, cancellation, progress));
    }

    /// <summary>Features of all rows in order, those that failed included.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="progress">Told of rows as they are computed, which can be before their features are given.</param>
    /// <param name="cancellation">Ends the work between two batches.</param>
    public IEnumerable<FeatureResult> Extract(IDataView rows, IProgress<int> progress, CancellationToken cancellation) =>
        _extract(_join?.Transform(rows) ?? rows, progress, cancellation);

    /// <inheritdoc/>
    public void Dispose() => _owned.Dispose();

    // Images come in small batches, one after the other.
    private static IEnumerable<FeatureResult> Counted(IEnumerable<FeatureResult> results, IProgress<int> progress)
    {
        foreach (FeatureResult result in results)
        {
            progress.Report(1);
            yield return result;
        }
    }

    private static ImageFeatureOptions ImageOptions(FeatureInput input, PipelineConfiguration configuration, Action<string> warn)
    {
        var defaults = new ImageFeatureOptions();
        return defaults with
        {
            Normalize = input.Normalize,
            Preprocessing = input.Preprocessing ?? defaults.Preprocessing,
            BatchSize = input.BatchSize ?? defaults.BatchSize,
            Inference = configuration.Inference,
            Cache = configuration.Cache.ToOptions(warn),
        };
    }

    private static TextFeatureOptions TextOptions(FeatureInput input, PipelineConfiguration configuration, Action<string> warn)
    {
        var defaults = new TextFeatureOptions();
        return defaults with
        {
            Normalize = input.Normalize,
            MaximumLength = input.MaximumLength,
            BatchTokens = input.BatchTokens ?? defaults.BatchTokens,
            Inference = configuration.Inference,
            Cache = configuration.Cache.ToOptions(warn),
        };
    }
}
