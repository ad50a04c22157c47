using MLTransfer.FineTuning.Freezing.Prefix;
using MLTransfer.FineTuning.Training.Losses;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Heads;

/// <summary>The first weights of a linear head.</summary>
/// <param name="Weights"><c>[classes, features]</c>, row by row; one row in a regression.</param>
/// <param name="Biases"><c>[classes]</c>; one in a regression.</param>
internal sealed record StartingHead(float[] Weights, float[] Biases)
{
    /// <summary>The head as the options want it to begin; null where it begins at random, or where a checkpoint has it.</summary>
    /// <param name="frozen">The rows, and what computes their features.</param>
    /// <param name="features">The name of the features.</param>
    /// <param name="dimension">Their number.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Stops between two batches, or two steps of the fit.</param>
    public static StartingHead? Of(FrozenPart frozen, string features, int dimension, FineTuneRequest request, CancellationToken cancellation)
    {
        FineTuneOptions options = request.Options;
        if (options.HeadStart != HeadStart.Fitted || (request.Resume && File.Exists(request.CheckpointPath)))
        {
            return null;
        }

        (float[] values, int[] rows) = FeaturePass.Run(frozen.Rows, frozen.Cut.Tail, features, dimension, request, cancellation);
        if (frozen.Rows.Targets is { } numbers)
        {
            // Features that are no numbers end the training at its first loss, with advice.
            return Array.TrueForAll(values, float.IsFinite) ? RidgeHead.Fit(values, dimension, numbers.Scaled(rows)) : null;
        }

        int[] labels = Array.ConvertAll(rows, row => frozen.Rows.Labels[row]);
        using DisposeScope scope = NewDisposeScope();
        Tensor? classWeights = options.Loss.BalanceClasses ? tensor(ClassWeights.Balanced(labels, request.Classes.Count)) : null;
        return FittedHead.Fit(
            values, dimension, labels, request.Classes.Count, (logits, targets) => ClassificationLoss.Of(logits, targets, options.Loss, classWeights), request.Progress, cancellation);
    }
}
