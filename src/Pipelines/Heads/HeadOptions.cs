using System.Text.Json.Serialization;
using Microsoft.ML;
using MLTransfer.Pipelines.Heads.Trainers;

namespace MLTransfer.Pipelines.Heads;

/// <summary>Which ML.NET trainer fits the head, and its options: the <c>head</c> section of a pipeline.</summary>
/// <remarks>Options have ML.NET's names. Where a default is not ML.NET's, its summary says why.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "trainer")]
[JsonDerivedType(typeof(LbfgsHead), "lbfgs")]
[JsonDerivedType(typeof(SdcaHead), "sdca")]
[JsonDerivedType(typeof(AveragedPerceptronHead), "averaged-perceptron")]
[JsonDerivedType(typeof(LinearSvmHead), "linear-svm")]
[JsonDerivedType(typeof(LightGbmHead), "light-gbm")]
[JsonDerivedType(typeof(FastTreeHead), "fast-tree")]
[JsonDerivedType(typeof(FastForestHead), "fast-forest")]
[JsonDerivedType(typeof(NaiveBayesHead), "naive-bayes")]
internal abstract record HeadOptions
{
    /// <summary>
    /// What is done to the features first. The default value is <see cref="FeatureNormalization.MeanVariance"/>; for trees, which need none,
    /// it is <see cref="FeatureNormalization.None"/>.
    /// </summary>
    public FeatureNormalization Normalization { get; init; } = FeatureNormalization.MeanVariance;

    /// <summary>
    /// Whether the strength of the regularisation is chosen by stratified cross-validation on the training rows.
    /// </summary>
    internal virtual bool IsTuned => false;

    /// <summary>The trainer in a few words, for logs.</summary>
    internal abstract string Description { get; }

    /// <summary>What the cross-validation tries, from the strongest regularisation to the weakest; none of them is tuned again.</summary>
    internal virtual IReadOnlyList<HeadOptions> Candidates() => [this];

    /// <summary>The same options, less exact where that saves time and does not change which candidate is best.</summary>
    internal virtual HeadOptions ForTuning() => this;

    /// <summary>A trainer for a key label; its scores are one number a class.</summary>
    internal abstract IEstimator<ITransformer> Multiclass(MLContext ml, HeadColumns columns);

    /// <summary>A trainer for a boolean label, calibrated: it gives a score and a probability.</summary>
    internal abstract IEstimator<ITransformer> Binary(MLContext ml, HeadColumns columns);

    /// <summary>Fits a trainer, from the solution of a neighbouring candidate where the trainer can use one.</summary>
    /// <param name="trainer">What <see cref="Multiclass"/> or <see cref="Binary"/> gave.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="neighbour">What this method gave for the candidate before on the same rows; null for a fresh start.</param>
    internal virtual ITransformer Fit(IEstimator<ITransformer> trainer, IDataView rows, ITransformer? neighbour) => trainer.Fit(rows);
}
