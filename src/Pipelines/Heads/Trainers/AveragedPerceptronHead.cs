using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Trainers;

namespace MLTransfer.Pipelines.Heads.Trainers;

/// <summary>ML.NET's AveragedPerceptron, one against all with several classes; Platt's method makes its margins probabilities.</summary>
internal sealed record AveragedPerceptronHead : HeadOptions
{
    /// <summary>The size of a step. The default value is 1.</summary>
    [Range(0, 1e9, MinimumIsExclusive = true)]
    public float LearningRate { get; init; } = 1;

    /// <summary>Whether steps become smaller with the number of updates. The default value is false.</summary>
    public bool DecreaseLearningRate { get; init; }

    /// <summary>The weight of the L2 penalty, at most 0.5. The default value is 0.</summary>
    [Range(0, 0.5)]
    public float L2Regularization { get; init; }

    /// <summary>Passes over the rows. The default value is 10.</summary>
    [Range(1, int.MaxValue)]
    public int NumberOfIterations { get; init; } = 10;

    /// <summary>Whether the rows are shuffled before each pass. The default value is true.</summary>
    public bool Shuffle { get; init; } = true;

    [System.Text.Json.Serialization.JsonIgnore]
    internal override string Description => string.Create(CultureInfo.InvariantCulture, $"averaged perceptron, {NumberOfIterations} passes");

    internal override IEstimator<ITransformer> Multiclass(MLContext ml, HeadColumns columns) =>
        ml.MulticlassClassification.Trainers.OneVersusAll(Trainer(ml, columns), columns.Label);

    internal override IEstimator<ITransformer> Binary(MLContext ml, HeadColumns columns) =>
        Trainer(ml, columns).Append(ml.BinaryClassification.Calibrators.Platt(columns.Label));

    private AveragedPerceptronTrainer Trainer(MLContext ml, HeadColumns columns) =>
        ml.BinaryClassification.Trainers.AveragedPerceptron(new AveragedPerceptronTrainer.Options
        {
            LabelColumnName = columns.Label,
            FeatureColumnName = columns.Features,
            LearningRate = LearningRate,
            DecreaseLearningRate = DecreaseLearningRate,
            L2Regularization = L2Regularization,
            NumberOfIterations = NumberOfIterations,
            Shuffle = Shuffle,
        });
}
