using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Errors;

namespace MLTransfer.FineTuning.Rates;

/// <summary>
/// The learning-rate range test (Smith 2017, arXiv:1506.01186), with a rate that grows exponentially: a training of one step a rate, with the freeze plan, the cut, the head,
/// the batches, the loss and the optimizer of the training that is to follow. What it trains is thrown away.
/// </summary>
internal static class LearningRateRangeTest
{
    /// <summary>Runs the test. It computes on the calling thread.</summary>
    /// <param name="request">The training that is to follow; its checkpoint is left alone.</param>
    /// <param name="range">The rates.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="UserException">The plan does not fit the backbone, or the loss is no number from the beginning.</exception>
    /// <exception cref="ImportException">The backbone cannot be trained; the message names the node.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp cannot be loaded; the message says how to mend it.</exception>
    public static LearningRateRange Run(FineTuneRequest request, LearningRateRangeOptions range, CancellationToken cancellation)
    {
        long read = (range.Steps + 1L) * request.Options.BatchSize * request.Options.AccumulationSteps;
        using PreparedTraining prepared = PreparedTraining.Of(
            request with { CheckpointPath = null, Resume = false, ReadsRowsOnce = read <= request.Rows.Labels.Length }, validates: false, cancellation);
        FineTuneOptions options = prepared.Request.Options;
        (IReadOnlyList<LearningRatePoint> curve, bool diverged) = RateSweep.Run(
            prepared.Network, prepared.Frozen.Rows, request.Classes.Count, options, request.Seed, range, request.Progress, cancellation);
        return new LearningRateRange(curve, options.HeadLearningRate / options.LearningRate, diverged);
    }
}
