using Microsoft.ML;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.Heads.Tuning;

namespace MLTransfer.Pipelines.Heads;

/// <summary>Fits a classifier on feature vectors. What it gives consists of ML.NET's own transforms and reads the feature column only.</summary>
/// <remarks>
/// | | |
/// |-|-|
/// | Input columns | label: text, or keys with text values; features: a vector of floats of fixed length |
/// | Output columns, several classes | <c>PredictedLabel</c>: text; <c>Score</c>: one number a class, in the order of the classes |
/// | Output columns, binary task | <c>PredictedLabel</c>: text; <c>Score</c>: the margin; <c>Probability</c>: that of the second class |
/// | Memory | the training rows' features, and a copy of them where the trainer makes one |
/// | Repeatable | the same seed, rows and options give the same model |
/// </remarks>
internal sealed class ClassifierHead : IEstimator<ITransformer>
{
    private readonly HeadOptions _options;
    private readonly HeadFitting _fitting;
    private readonly string _labelColumn;

    /// <summary>A head that is not fitted yet.</summary>
    /// <param name="options">The trainer and its options.</param>
    /// <param name="task">What the head tells apart.</param>
    /// <param name="classes">The classes' names, in the order that scores will have. Of two in a binary task, the second is the positive one.</param>
    /// <param name="seed">The seed of everything that is random.</param>
    /// <param name="labelColumnName">The label's column.</param>
    /// <param name="featureColumnName">The features' column.</param>
    /// <exception cref="UserException">The task is binary, and there are not two classes.</exception>
    public ClassifierHead(
        HeadOptions options,
        HeadTask task,
        IReadOnlyList<string> classes,
        int seed,
        string labelColumnName = "Label",
        string featureColumnName = "Features")
    {
        if (task == HeadTask.BinaryClassification && classes.Count != 2)
            throw new UserException($"The task is binary-classification, and the training rows have {classes.Count} classes. Set task to multiclass-classification.");
        _options = options;
        _labelColumn = labelColumnName;
        _fitting = new HeadFitting(task, classes, featureColumnName, seed);
    }

    /// <summary>Fits the head and says what was chosen.</summary>
    /// <param name="input">The training rows.</param>
    /// <param name="progress">Told of each candidate of a cross-validation.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <exception cref="UserException">A feature is not finite, or all rows are of one class.</exception>
    public FittedHead Train(IDataView input, IProgress<TuningStep>? progress = null, CancellationToken cancellation = default)
    {
        HeadRows rows = HeadRows.Read(input, _fitting.Classes, _labelColumn, _fitting.FeatureColumn, cancellation);
        if (!_options.IsTuned)
            return new FittedHead(_fitting.Fit(_options, rows, chosen: null, neighbour: null, cancellation).Model, _options, []);
        IReadOnlyList<TuningStep> steps = HeadTuning.Run(_fitting, _options.Candidates(), rows, progress, cancellation);
        HeadOptions best = HeadTuning.Best(steps).Options;
        return new FittedHead(_fitting.Fit(best, rows, chosen: null, neighbour: null, cancellation).Model, best, steps);
    }

    /// <inheritdoc/>
    public ITransformer Fit(IDataView input) => Train(input).Model;

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        _fitting.OutputSchema(new MLContext(_fitting.Seed), _options, inputSchema, _labelColumn);
}
