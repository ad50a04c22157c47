using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Trainers.LightGbm;

namespace MLTransfer.Pipelines.Heads.Trainers;

/// <summary>ML.NET's LightGbm: boosted trees, with several classes one tree a class and round under a softmax.</summary>
/// <remarks>The saved model needs the package Microsoft.ML.LightGbm in the app that loads it.</remarks>
internal sealed record LightGbmHead : HeadOptions
{
    /// <summary>Options for features as they are.</summary>
    public LightGbmHead() => Normalization = FeatureNormalization.None;

    /// <summary>Rounds of boosting. The default value is 100.</summary>
    [Range(1, int.MaxValue)]
    public int NumberOfIterations { get; init; } = 100;

    /// <summary>The weight of each round. The default value is null: ML.NET chooses by the number of rows.</summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true)]
    public double? LearningRate { get; init; }

    /// <summary>The most leaves of a tree. The default value is null: ML.NET chooses by the number of rows.</summary>
    [Range(2, 131072)]
    public int? NumberOfLeaves { get; init; }

    /// <summary>The fewest rows of a leaf. The default value is null: ML.NET chooses by the number of rows.</summary>
    [Range(1, int.MaxValue)]
    public int? MinimumExampleCountPerLeaf { get; init; }

    /// <summary>Into how many values a feature is divided at most. The default value is 255.</summary>
    [Range(2, 65535)]
    public int MaximumBinCountPerFeature { get; init; } = 255;

    /// <summary>Whether rows of rare classes weigh more. The default value is false.</summary>
    public bool UnbalancedSets { get; init; }

    /// <summary>The share of the features that each tree sees. The default value is 1.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double FeatureFraction { get; init; } = 1;

    /// <summary>The weight of the L2 penalty on leaves. The default value is 0.01.</summary>
    [Range(0, 1e9)]
    public double L2Regularization { get; init; } = 0.01;

    /// <summary>The number of threads. The default value is null: the number of processors; the result does not depend on it.</summary>
    [Range(1, 1024)]
    public int? NumberOfThreads { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    internal override string Description => string.Create(CultureInfo.InvariantCulture, $"LightGBM, {NumberOfIterations} rounds");

    internal override IEstimator<ITransformer> Multiclass(MLContext ml, HeadColumns columns) =>
        ml.MulticlassClassification.Trainers.LightGbm(Fill(new LightGbmMulticlassTrainer.Options { UnbalancedSets = UnbalancedSets, UseSoftmax = true }, columns));

    internal override IEstimator<ITransformer> Binary(MLContext ml, HeadColumns columns) =>
        ml.BinaryClassification.Trainers.LightGbm(Fill(new LightGbmBinaryTrainer.Options { UnbalancedSets = UnbalancedSets }, columns));

    private TOptions Fill<TOptions, TOutput, TTransformer, TModel>(LightGbmTrainerBase<TOptions, TOutput, TTransformer, TModel>.OptionsBase options, HeadColumns columns)
        where TOptions : LightGbmTrainerBase<TOptions, TOutput, TTransformer, TModel>.OptionsBase, new()
        where TTransformer : ISingleFeaturePredictionTransformer<TModel>
        where TModel : class
    {
        options.LabelColumnName = columns.Label;
        options.FeatureColumnName = columns.Features;
        options.NumberOfIterations = NumberOfIterations;
        options.LearningRate = LearningRate;
        options.NumberOfLeaves = NumberOfLeaves;
        options.MinimumExampleCountPerLeaf = MinimumExampleCountPerLeaf;
        options.MaximumBinCountPerFeature = MaximumBinCountPerFeature;
        options.NumberOfThreads = NumberOfThreads;
        options.Booster = new GradientBooster.Options { FeatureFraction = FeatureFraction, L2Regularization = L2Regularization };
        options.Deterministic = true;
        options.ForceRowWise = true; // LightGBM asks for one of its two histogram layouts when it is to be deterministic
        options.Silent = true;
        return (TOptions)options;
    }
}
