using Microsoft.ML;
using MLTransfer.Models.Errors;

namespace MLTransfer.Pipelines.Heads.Trainers;

/// <summary>ML.NET's NaiveBayes, which asks of each feature only whether it is above 0: with normalised features, above its mean.</summary>
/// <remarks>Its scores order the classes and are no probabilities; metrics that need probabilities are left out.</remarks>
internal sealed record NaiveBayesHead : HeadOptions
{
    [System.Text.Json.Serialization.JsonIgnore]
    internal override string Description => "naive Bayes";

    internal override IEstimator<ITransformer> Multiclass(MLContext ml, HeadColumns columns) =>
        ml.MulticlassClassification.Trainers.NaiveBayes(columns.Label, columns.Features);

    internal override IEstimator<ITransformer> Binary(MLContext ml, HeadColumns columns) => throw new UserException(
        "head.trainer 'naive-bayes' has no binary form in ML.NET. Set task to multiclass-classification, which takes two classes too, or choose another trainer.");
}
