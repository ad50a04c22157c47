using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;

namespace MLTransfer.Pipelines.Heads.Trainers;

/// <summary>ML.NET's FastTree: boosted trees (MART), one against all with several classes.</summary>
/// <remarks>The saved model needs the package Microsoft.ML.FastTree in the app that loads it.</remarks>
internal sealed record FastTreeHead : HeadOptions
{
    /// <summary>Options for features as they are.</summary>
    public FastTreeHead() => Normalization = FeatureNormalization.None;

    /// <summary>Rounds of boosting. The default value is 100.</summary>
    [Range(1, int.MaxValue)]
    public int NumberOfTrees { get; init; } = 100;

    /// <summary>The weight of each round. The default value is 0.2.</summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true)]
    public double LearningRate { get; init; } = 0.2;

    /// <summary>The most leaves of a tree. The default value is 20.</summary>
    [Range(2, 131072)]
    public int NumberOfLeaves { get; init; } = 20;

    /// <summary>The fewest rows of a leaf. The default value is 10.</summary>
    [Range(1, int.MaxValue)]
    public int MinimumExampleCountPerLeaf { get; init; } = 10;

    /// <summary>The share of the features that each tree sees. The default value is 1.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double FeatureFraction { get; init; } = 1;

    /// <summary>Into how many values a feature is divided at most. The default value is 255.</summary>
    [Range(2, 65535)]
    public int MaximumBinCountPerFeature { get; init; } = 255;

    /// <summary>Whether rows of the rarer class weigh more. The default value is false.</summary>
    public bool UnbalancedSets { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    internal override string Description => string.Create(CultureInfo.InvariantCulture, $"FastTree, {NumberOfTrees} trees");

    internal override IEstimator<ITransformer> Multiclass(MLContext ml, HeadColumns columns) =>
        ml.MulticlassClassification.Trainers.OneVersusAll(Trainer(ml, columns), columns.Label);

    internal override IEstimator<ITransformer> Binary(MLContext ml, HeadColumns columns) => Trainer(ml, columns);

    private FastTreeBinaryTrainer Trainer(MLContext ml, HeadColumns columns) =>
        ml.BinaryClassification.Trainers.FastTree(new FastTreeBinaryTrainer.Options
        {
            LabelColumnName = columns.Label,
            FeatureColumnName = columns.Features,
            NumberOfTrees = NumberOfTrees,
            LearningRate = LearningRate,
            NumberOfLeaves = NumberOfLeaves,
            MinimumExampleCountPerLeaf = MinimumExampleCountPerLeaf,
            FeatureFraction = FeatureFraction,
            MaximumBinCountPerFeature = MaximumBinCountPerFeature,
            UnbalancedSets = UnbalancedSets,
        });
}
