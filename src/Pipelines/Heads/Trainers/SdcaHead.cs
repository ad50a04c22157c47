using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace MLTransfer.Pipelines.Heads.Trainers;

/// <summary>Logistic regression, fitted by stochastic dual coordinate ascent: ML.NET's SdcaMaximumEntropy and, with two classes, SdcaLogisticRegression.</summary>
internal sealed record SdcaHead : HeadOptions
{
    private static readonly float[] Grid = [1, 0.3f, 0.1f, 0.03f, 0.01f, 3e-3f, 1e-3f, 3e-4f, 1e-4f];

    /// <summary>Whether <see cref="L2Regularization"/> is chosen by stratified cross-validation on the training rows. The default value is false.</summary>
    public bool Tune { get; init; }

    /// <summary>The weight of the L2 penalty, as a share of a row's loss. The default value is null: ML.NET chooses by the number of rows.</summary>
    [Range(1e-9, 1e9)]
    public float? L2Regularization { get; init; }

    /// <summary>The weight of the L1 penalty. The default value is 0; ML.NET's null lets it choose.</summary>
    [Range(0, 1e9)]
    public float L1Regularization { get; init; }

    /// <summary>Training ends when the duality gap is smaller, relative to the loss. The default value is 0.01; ML.NET's is 0.1, which leaves accuracy on the table.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public float ConvergenceTolerance { get; init; } = 0.01f;

    /// <summary>Training ends after so many passes over the rows at the latest. The default value is null: ML.NET chooses by the number of rows.</summary>
    [Range(1, int.MaxValue)]
    public int? MaximumNumberOfIterations { get; init; }

    /// <summary>Whether the rows are shuffled before each pass. The default value is true.</summary>
    public bool Shuffle { get; init; } = true;

    /// <summary>
    /// The number of threads. The default value is 1: with more, the threads update the weights in an order that differs from run to run;
    /// ML.NET's is the number of processors.
    /// </summary>
    [Range(1, 1024)]
    public int NumberOfThreads { get; init; } = 1;

    [System.Text.Json.Serialization.JsonIgnore]
    internal override bool IsTuned => Tune;

    [System.Text.Json.Serialization.JsonIgnore]
    internal override string Description => string.Create(
        CultureInfo.InvariantCulture, $"sdca, {(Tune ? "L2 by cross-validation" : $"L2 {L2Regularization?.ToString(CultureInfo.InvariantCulture) ?? "by the number of rows"}")}");

    internal override IReadOnlyList<HeadOptions> Candidates() =>
        [.. Grid.Select(weight => this with { Tune = false, L2Regularization = weight })];

    internal override IEstimator<ITransformer> Multiclass(MLContext ml, HeadColumns columns) =>
        ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(new SdcaMaximumEntropyMulticlassTrainer.Options
        {
            LabelColumnName = columns.Label,
            FeatureColumnName = columns.Features,
            L2Regularization = L2Regularization,
            L1Regularization = L1Regularization,
            ConvergenceTolerance = ConvergenceTolerance,
            MaximumNumberOfIterations = MaximumNumberOfIterations,
            Shuffle = Shuffle,
            NumberOfThreads = NumberOfThreads,
        });

    internal override IEstimator<ITransformer> Binary(MLContext ml, HeadColumns columns) =>
        ml.BinaryClassification.Trainers.SdcaLogisticRegression(new SdcaLogisticRegressionBinaryTrainer.Options
        {
            LabelColumnName = columns.Label,
            FeatureColumnName = columns.Features,
            L2Regularization = L2Regularization,
            L1Regularization = L1Regularization,
            ConvergenceTolerance = ConvergenceTolerance,
            MaximumNumberOfIterations = MaximumNumberOfIterations,
            Shuffle = Shuffle,
            NumberOfThreads = NumberOfThreads,
        });
}
