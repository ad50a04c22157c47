using System.Globalization;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Optimizers;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.Models.Errors;

namespace MLTransfer.FineTuning.Rates;

/// <summary>Trains a network with rising learning rates.</summary>
internal static class RateSweep
{
    // The average of the first few losses is not steady enough to judge by.
    private const double PartBeforeJudging = 0.1;

    /// <summary>Runs the steps. The network is of no use afterwards.</summary>
    /// <param name="network">What is trained: all of its parameters, whatever epoch they would begin to train in.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="options">How it would be trained; batches, dropout and augmentation are those of its first epochs.</param>
    /// <param name="seed">The seed of everything that is random.</param>
    /// <param name="range">The rates.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <returns>The curve, and whether it ends early.</returns>
    /// <exception cref="UserException">The loss is no number before anything was trained.</exception>
    public static (IReadOnlyList<LearningRatePoint> Curve, bool Diverged) Run(
        ITrainedNetwork network, LabelledRows rows, int classes, FineTuneOptions options, int seed, LearningRateRangeOptions range, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        using Optimizer optimizer = new(network.Parameters, options.Optimizer);
        using StepGradient gradient = new(network, rows, classes, options, seed);
        foreach (TrainedParameter parameter in network.Parameters)
        {
            parameter.Value.requires_grad = true;
        }

        double factor = Math.Pow(range.Highest / range.Lowest, 1.0 / (range.Steps - 1));
        List<double> rates = [], losses = [];
        double smoothed = 0, weight = 0, best = double.PositiveInfinity;
        bool diverged = false;
        foreach ((int[][] group, int epoch) in Groups(gradient, options.AccumulationSteps))
        {
            cancellation.ThrowIfCancellationRequested();
            double loss = gradient.Compute(group, epoch, rates.Count);
            if (!double.IsFinite(loss))
            {
                if (rates.Count < 2)
                {
                    throw new UserException(string.Create(
                        CultureInfo.InvariantCulture,
                        $"The loss is {loss} in step {rates.Count + 1}, {(rates.Count == 0 ? "before anything was trained: look for broken rows, or a backbone whose features are not finite" : $"after a step at the lowest rate of {range.Lowest:g3}: begin with a lower one")}."));
                }

                diverged = true;
                break;
            }

            // A loss belongs to the step before it.
            if (rates.Count > 0)
            {
                losses.Add(loss);
                (smoothed, weight) = (loss + (range.Smoothing * smoothed), 1 + (range.Smoothing * weight));
                best = Math.Min(best, smoothed / weight);
                progress?.Report(new TrainingProgress(TrainingStage.RangeTest, losses.Count, range.Steps) { Epoch = epoch + 1, Loss = smoothed / weight, LearningRate = rates[^1] });
                diverged = losses.Count > range.Steps * PartBeforeJudging && smoothed / weight > range.StopAt * best;
            }

            if (diverged || rates.Count == range.Steps)
            {
                break;
            }

            double rate = rates.Count == range.Steps - 1 ? range.Highest : range.Lowest * Math.Pow(factor, rates.Count);
            optimizer.Step(rate, options.GradientClipping > 0 ? options.GradientClipping : null);
            rates.Add(rate);
        }

        // The enormous losses at the end would reach far back otherwise.
        double[] averages = SmoothedLosses.Of([.. losses.Select(loss => Math.Min(loss, range.StopAt * losses[0]))], range.Smoothing);
        return ([.. losses.Select((loss, i) => new LearningRatePoint(rates[i], loss, averages[i]))], diverged);
    }

    /// <summary>The batches of steps, epoch after epoch without end.</summary>
    private static IEnumerable<(int[][] Group, int Epoch)> Groups(StepGradient gradient, int accumulation)
    {
        for (int epoch = 0; ; epoch++)
        {
            foreach (int[][] group in gradient.BatchesOf(epoch).Chunk(accumulation))
            {
                yield return (group, epoch);
            }
        }
    }
}
