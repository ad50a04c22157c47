using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace MLTransfer.Pipelines.Heads.Trainers;

/// <summary>ML.NET's LinearSvm (Pegasos), one against all with several classes; Platt's method makes its margins probabilities.</summary>
internal sealed record LinearSvmHead : HeadOptions
{
    private static readonly float[] Grid = [1, 0.3f, 0.1f, 0.03f, 0.01f, 3e-3f, 1e-3f, 3e-4f, 1e-4f];

    /// <summary>Whether <see cref="Lambda"/> is chosen by stratified cross-validation on the training rows. The default value is false.</summary>
    public bool Tune { get; init; }

    /// <summary>The weight of the L2 penalty. The default value is 0.001. With <see cref="Tune"/> it is chosen instead.</summary>
    [Range(1e-9, 1e9)]
    public float Lambda { get; init; } = 0.001f;

    /// <summary>Rows a step. The default value is 1.</summary>
    [Range(1, int.MaxValue)]
    public int BatchSize { get; init; } = 1;

    /// <summary>Whether weights are scaled back to length 1 / √λ after each step. The default value is false.</summary>
    public bool PerformProjection { get; init; }

    /// <summary>Whether there is no bias. The default value is false.</summary>
    public bool NoBias { get; init; }

    /// <summary>Passes over the rows. The default value is 10; ML.NET's is 1, too few for a few hundred rows.</summary>
    [Range(1, int.MaxValue)]
    public int NumberOfIterations { get; init; } = 10;

    /// <summary>Whether the rows are shuffled before each pass. The default value is true.</summary>
    public bool Shuffle { get; init; } = true;

    [System.Text.Json.Serialization.JsonIgnore]
    internal override bool IsTuned => Tune;

    [System.Text.Json.Serialization.JsonIgnore]
    internal override string Description => string.Create(
        CultureInfo.InvariantCulture, $"linear SVM, {(Tune ? "λ by cross-validation" : $"λ {Lambda}")}");

    internal override IReadOnlyList<HeadOptions> Candidates() =>
        [.. Grid.Select(weight => this with { Tune = false, Lambda = weight })];

    internal override IEstimator<ITransformer> Multiclass(MLContext ml, HeadColumns columns) =>
        ml.MulticlassClassification.Trainers.OneVersusAll(Trainer(ml, columns), columns.Label);

    internal override IEstimator<ITransformer> Binary(MLContext ml, HeadColumns columns) =>
        Trainer(ml, columns).Append(ml.BinaryClassification.Calibrators.Platt(columns.Label));

    private LinearSvmTrainer Trainer(MLContext ml, HeadColumns columns) =>
        ml.BinaryClassification.Trainers.LinearSvm(new LinearSvmTrainer.Options
        {
            LabelColumnName = columns.Label,
            FeatureColumnName = columns.Features,
            Lambda = Lambda,
            BatchSize = BatchSize,
            PerformProjection = PerformProjection,
            NoBias = NoBias,
            NumberOfIterations = NumberOfIterations,
            Shuffle = Shuffle,
        });
}
