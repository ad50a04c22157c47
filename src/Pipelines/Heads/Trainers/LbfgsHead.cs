using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace MLTransfer.Pipelines.Heads.Trainers;

/// <summary>Logistic regression, fitted by L-BFGS: ML.NET's LbfgsMaximumEntropy and, with two classes, LbfgsLogisticRegression.</summary>
/// <remarks>
/// The objective is Σ loss + L2 / 2 · ‖w‖² + L1 · |w|, divided by the number of rows; biases are not penalised.
/// So the L2 weight is 1 / C of scikit-learn's LogisticRegression on the same features.
/// </remarks>
internal sealed record LbfgsHead : HeadOptions
{
    // Half decades: wide enough for 15 rows a class as for thousands, in steps that change the accuracy by less than its noise.
    private static readonly float[] Grid = [30_000, 10_000, 3000, 1000, 300, 100, 30, 10, 3, 1, 0.3f];

    // For row vectors of length 1 the same models are reached with weights that are smaller by about the number of features.
    private static readonly float[] UnitLengthGrid = [10, 3, 1, 0.3f, 0.1f, 0.03f, 0.01f, 0.003f, 0.001f];

    /// <summary>Whether <see cref="L2Regularization"/> is chosen by stratified cross-validation on the training rows. The default value is false.</summary>
    public bool Tune { get; init; }

    /// <summary>
    /// The weight of the L2 penalty. The default value is 30, which suits features of mean 0 and variance 1; ML.NET's is 1.
    /// With <see cref="Tune"/> it is chosen instead.
    /// </summary>
    [Range(0, 1e9)]
    public float L2Regularization { get; init; } = 30;

    /// <summary>The weight of the L1 penalty. The default value is 0: features of a backbone carry little that L1 would remove; ML.NET's is 1.</summary>
    [Range(0, 1e9)]
    public float L1Regularization { get; init; }

    /// <summary>Training ends when the objective improves by less in an iteration. The default value is 1e-7.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public float OptimizationTolerance { get; init; } = 1e-7f;

    /// <summary>How many past steps estimate the curvature. The default value is 20.</summary>
    [Range(1, 1000)]
    public int HistorySize { get; init; } = 20;

    /// <summary>Training ends after so many iterations at the latest. The default value is 1000; ML.NET has no bound.</summary>
    [Range(1, int.MaxValue)]
    public int MaximumNumberOfIterations { get; init; } = 1000;

    /// <summary>
    /// Into how many parts the rows are divided, one thread each. The default value is 4 on every machine, because sums of floats depend on it;
    /// ML.NET's is the number of processors.
    /// </summary>
    [Range(1, 1024)]
    public int NumberOfThreads { get; init; } = 4;

    [System.Text.Json.Serialization.JsonIgnore]
    internal override bool IsTuned => Tune;

    [System.Text.Json.Serialization.JsonIgnore]
    internal override string Description => string.Create(
        CultureInfo.InvariantCulture, $"lbfgs, {(Tune ? "L2 by cross-validation" : $"L2 {L2Regularization}")}");

    internal override IReadOnlyList<HeadOptions> Candidates() =>
    [
        .. (Normalization == FeatureNormalization.UnitLength ? UnitLengthGrid : Grid).Select(weight => this with { Tune = false, L2Regularization = weight }),
    ];

    // The classes are told apart long before the last digits of the weights settle.
    internal override HeadOptions ForTuning() => this with { OptimizationTolerance = Math.Max(OptimizationTolerance, 1e-5f) };

    internal override IEstimator<ITransformer> Multiclass(MLContext ml, HeadColumns columns) =>
        ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(Fill(new LbfgsMaximumEntropyMulticlassTrainer.Options(), columns));

    internal override IEstimator<ITransformer> Binary(MLContext ml, HeadColumns columns) =>
        ml.BinaryClassification.Trainers.LbfgsLogisticRegression(Fill(new LbfgsLogisticRegressionBinaryTrainer.Options(), columns));

    internal override ITransformer Fit(IEstimator<ITransformer> trainer, IDataView rows, ITransformer? neighbour) => (trainer, neighbour) switch
    {
        (LbfgsMaximumEntropyMulticlassTrainer multiclass, MulticlassPredictionTransformer<MaximumEntropyModelParameters> solved) =>
            multiclass.Fit(rows, solved.Model),
        (LbfgsLogisticRegressionBinaryTrainer binary, BinaryPredictionTransformer<CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator>> solved) =>
            binary.Fit(rows, solved.Model.SubModel),
        _ => trainer.Fit(rows),
    };

    private TOptions Fill<TOptions, TTransformer, TModel>(LbfgsTrainerBase<TOptions, TTransformer, TModel>.OptionsBase options, HeadColumns columns)
        where TOptions : LbfgsTrainerBase<TOptions, TTransformer, TModel>.OptionsBase, new()
        where TTransformer : ISingleFeaturePredictionTransformer<TModel>
        where TModel : class
    {
        options.LabelColumnName = columns.Label;
        options.FeatureColumnName = columns.Features;
        options.L2Regularization = L2Regularization;
        options.L1Regularization = L1Regularization;
        options.OptimizationTolerance = OptimizationTolerance;
        options.HistorySize = HistorySize;
        options.MaximumNumberOfIterations = MaximumNumberOfIterations;
        options.NumberOfThreads = NumberOfThreads;
        options.Quiet = true;
        return (TOptions)options;
    }
}
