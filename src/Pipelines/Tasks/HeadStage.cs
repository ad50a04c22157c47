using Microsoft.ML;
using MLTransfer.Pipelines.Configuration;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Fits the head on feature vectors.</summary>
internal sealed class HeadStage(MLContext ml, PipelineConfiguration resolved, IReadOnlyList<string> classes)
{
    /// <summary>The classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes => classes;

    /// <summary>The trainer, in a few words.</summary>
    public string Description => resolved.Task + " lbfgs";

    /// <summary>Fits a head. A cancellation ends the waiting at once; the trainer's thread ends with the process.</summary>
    public Task<ITransformer> FitAsync(IDataView rows, CancellationToken cancellation) =>
        Task.Run<ITransformer>(() => Fit(rows), CancellationToken.None).WaitAsync(cancellation);

    private Microsoft.ML.Data.TransformerChain<Microsoft.ML.Transforms.KeyToValueMappingTransformer> Fit(IDataView rows)
    {
        _ = resolved;
        return ml.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: Microsoft.ML.Transforms.ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"))
            .Fit(rows);
    }
}
