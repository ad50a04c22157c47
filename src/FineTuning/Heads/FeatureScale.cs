using MLTransfer.FineTuning.Runtime;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Heads;

/// <summary>Standardises features, so that a penalty on weights means the same whatever their units are.</summary>
/// <param name="Mean">What is taken off, <c>[features]</c>.</param>
/// <param name="Factor">What is multiplied with then, <c>[features]</c>; 0 for features that are always the same.</param>
internal sealed record FeatureScale(Tensor Mean, Tensor Factor)
{
    // Standard deviations below this part of the mean are noise of rounding, not features.
    private const double LeastDeviation = 1e-5;

    /// <summary>From the features of rows.</summary>
    /// <param name="features"><c>[rows, features]</c>.</param>
    public static FeatureScale Of(Tensor features)
    {
        Tensor mean = features.mean([0L]);
        Tensor deviation = (features - mean).Square().mean([0L]).sqrt();
        return new FeatureScale(mean, where(deviation > mean.abs().Times(LeastDeviation), deviation.reciprocal(), zeros_like(deviation)));
    }

    /// <summary>Features with mean 0 and deviation 1.</summary>
    public Tensor Apply(Tensor features) => (features - Mean) * Factor;

    /// <summary>A head on standardised features as one on the features themselves: w · (x − mean) · factor + b.</summary>
    /// <param name="weights"><c>[outputs, features]</c>.</param>
    /// <param name="biases"><c>[outputs]</c>.</param>
    public StartingHead Back(Tensor weights, Tensor biases)
    {
        Tensor w = weights * Factor;
        return new StartingHead(Numbers(w), Numbers(biases - w.mv(Mean)));
    }

    private static float[] Numbers(Tensor tensor) => tensor.to(ScalarType.Float32).contiguous().data<float>().ToArray();
}
