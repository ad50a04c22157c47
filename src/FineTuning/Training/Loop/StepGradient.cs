using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Training.Losses;
using MLTransfer.FineTuning.Training.Mixing;
using MLTransfer.FineTuning.Training.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Loop;

/// <summary>The loss of a step and its gradients: a pure function of the weights, the seed, and the place in the training.</summary>
internal sealed class StepGradient : IDisposable
{
    private readonly ITrainedNetwork _network;
    private readonly LabelledRows _rows;
    private readonly FineTuneOptions _options;
    private readonly int _classes;
    private readonly int _seed;
    private readonly Tensor? _classWeights;
    private readonly Generator _generator;
    private readonly float[]? _rowWeights;

    /// <param name="network">What is trained.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="seed">The seed of everything that is random.</param>
    public StepGradient(ITrainedNetwork network, LabelledRows rows, int classes, FineTuneOptions options, int seed)
    {
        _network = network;
        _rows = rows;
        _options = options;
        _classes = classes;
        _seed = seed;
        _generator = new Generator(0, network.Device);
        float[] balanced = ClassWeights.Balanced(rows.Labels, classes);
        _classWeights = options.Loss.BalanceClasses ? tensor(balanced, device: network.Device).DetachFromDisposeScope() : null;
        _rowWeights = options.BalanceSampling ? Array.ConvertAll(rows.Labels, label => balanced[label]) : null;
    }

    /// <summary>The batches of an epoch.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    public IReadOnlyList<int[]> BatchesOf(int epoch) => EpochBatches.Of(_rows.Inputs.Lengths, _options.BatchSize, _options.BatchesSortedTogether, _rowWeights, _seed, epoch);

    /// <summary>Adds the gradients of a step to those of the parameters.</summary>
    /// <param name="group">The batches of the step.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="step">The step, from 0.</param>
    /// <returns>The mean loss of the rows.</returns>
    public double Compute(int[][] group, int epoch, long step)
    {
        // Each step begins at a place of its own.
        _generator.manual_seed(SeededRandom.Seed(_seed, RandomPurpose.Step, step));
        int rows = group.Sum(static batch => batch.Length);
        double total = 0;
        foreach (int[] batch in group)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor outputs = _network.Forward(_rows.Inputs.Read(batch, epoch), _generator);
            Tensor loss = MeanLoss(outputs, batch, epoch).Times((double)batch.Length / rows);
            total += loss.ToNumber();
            loss.backward();
        }

        return total;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _classWeights?.Dispose();
        _generator.Dispose();
    }

    private Tensor MeanLoss(Tensor outputs, int[] batch, int epoch)
    {
        if (_rows.Targets is { } targets)
        {
            return nn.functional.mse_loss(outputs.squeeze(1), tensor(targets.Scaled(batch), device: _network.Device));
        }

        Tensor labels = tensor(Array.ConvertAll(batch, row => (long)_rows.Labels[row]), device: _network.Device);
        return _rows.Inputs.MixtureOf(batch, epoch) is { } mixture
            ? ClassificationLoss.OfSoft(outputs, SoftTargets.Of(labels, _classes, mixture), _options.Loss, _classWeights)
            : ClassificationLoss.Of(outputs, labels, _options.Loss, _classWeights);
    }
}
