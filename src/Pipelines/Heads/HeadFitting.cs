using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Heads;

/// <summary>Fits one head: normalisation, trainer, names of the classes. All three are ML.NET's own transforms.</summary>
/// <param name="Task">What the head tells apart.</param>
/// <param name="Classes">The classes' names; of two, the second is the positive one.</param>
/// <param name="FeatureColumn">The column of the feature vectors, which stay as they are.</param>
/// <param name="Seed">The seed of everything that is random in a trainer.</param>
internal sealed record HeadFitting(HeadTask Task, IReadOnlyList<string> Classes, string FeatureColumn, int Seed)
{
    private const string PredictedLabel = "PredictedLabel";

    // The features themselves stay in their column: an app may want them beside the prediction.
    private string NormalizedColumn => FeatureColumn + "Normalized";

    /// <summary>A fitted head, and its trainer's part alone for a neighbouring fit.</summary>
    /// <param name="Model">From the feature column to <c>PredictedLabel</c> (text) and <c>Score</c>.</param>
    /// <param name="Trained">The trainer's transformer.</param>
    internal sealed record Fitted(ITransformer Model, ITransformer Trained);

    /// <summary>Fits a head.</summary>
    /// <param name="options">The trainer and its options.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="chosen">Indexes of the rows to train on; null for all.</param>
    /// <param name="neighbour">The trainer's part of a fit on the same rows with similar options; null for a fresh start.</param>
    /// <param name="cancellation">Stops the trainer when it reads its next row. L-BFGS reads rows once, and then works to its end.</param>
    public Fitted Fit(HeadOptions options, HeadRows rows, IReadOnlyList<int>? chosen, ITransformer? neighbour, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        // A context of its own: what is random in it depends on the seed alone, not on what was fitted before.
        var ml = new MLContext(Seed);
        try
        {
            IDataView view = rows.View(ml, chosen, cancellation);
            var steps = new List<ITransformer>();
            if (Normalization(ml, options.Normalization) is { } normalization)
            {
                steps.Add(normalization.Fit(view));
                view = steps[^1].Transform(view);
            }
            ITransformer trained = options.Fit(Trainer(ml, options), view, neighbour);
            steps.Add(trained);
            steps.Add(Naming(ml).Fit(trained.Transform(view)));
            return new Fitted(new TransformerChain<ITransformer>([.. steps]), trained);
        }
        catch (Exception error) when (cancellation.IsCancellationRequested && error is not OperationCanceledException)
        {
            throw new OperationCanceledException("The training was cancelled.", error, cancellation);
        }
    }

    /// <summary>The shape of the rows that a fitted head gives.</summary>
    public SchemaShape OutputSchema(MLContext ml, HeadOptions options, SchemaShape input, string labelColumn)
    {
        IEstimator<ITransformer> label = Task == HeadTask.MulticlassClassification
            ? ml.Transforms.Conversion.MapValueToKey(HeadRows.LabelColumn, labelColumn)
            : ml.Transforms.Conversion.MapValue(HeadRows.PositiveColumn, LabelPairs().Select(pair => new KeyValuePair<string, bool>(pair.Value, pair.Key)), labelColumn);
        SchemaShape shape = label.GetOutputSchema(input);
        if (Normalization(ml, options.Normalization) is { } normalization)
            shape = normalization.GetOutputSchema(shape);
        return Naming(ml).GetOutputSchema(Trainer(ml, options).GetOutputSchema(shape));
    }

    private IEstimator<ITransformer> Trainer(MLContext ml, HeadOptions options)
    {
        string features = options.Normalization == FeatureNormalization.None ? FeatureColumn : NormalizedColumn;
        return Task == HeadTask.MulticlassClassification
            ? options.Multiclass(ml, new HeadColumns(HeadRows.LabelColumn, features))
            : options.Binary(ml, new HeadColumns(HeadRows.PositiveColumn, features));
    }

    private IEstimator<ITransformer>? Normalization(MLContext ml, FeatureNormalization normalization) => normalization switch
    {
        // fixZero would keep 0 at 0 and with it each feature's mean.
        FeatureNormalization.MeanVariance => ml.Transforms.NormalizeMeanVariance(NormalizedColumn, FeatureColumn, fixZero: false),
        FeatureNormalization.UnitLength => ml.Transforms.NormalizeLpNorm(NormalizedColumn, FeatureColumn),
        _ => null,
    };

    private IEstimator<ITransformer> Naming(MLContext ml) => Task == HeadTask.MulticlassClassification
        ? ml.Transforms.Conversion.MapKeyToValue(PredictedLabel)
        : ml.Transforms.Conversion.MapValue(PredictedLabel, LabelPairs(), PredictedLabel);

    private KeyValuePair<bool, string>[] LabelPairs() => [new(false, Classes[0]), new(true, Classes[1])];
}
