using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.FineTuning.Training.Sampling;
using MLTransfer.FineTuning.Training.Stopping;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Loop;

/// <summary>Runs a network over rows without training it.</summary>
internal static class Evaluation
{
    /// <summary>Measures validation rows.</summary>
    public static EpochMeasure Measure(
        ITrainedNetwork network, LabelledRows rows, int classes, int batchSize, int epoch, double trainingLoss, CancellationToken cancellation)
    {
        if (rows.Targets is { } targets)
        {
            NumberMeasure numbers = new(targets);
            foreach ((int[] batch, float[] outputs) in Logits(network, rows.Inputs, batchSize, cancellation))
            {
                numbers.Add(outputs, batch);
            }

            return new EpochMeasure(epoch, trainingLoss, null, null, null) { MeanSquaredError = numbers.MeanSquaredError, RSquared = numbers.RSquared };
        }

        ClassifierMeasure measure = new(classes);
        foreach ((int[] batch, float[] logits) in Logits(network, rows.Inputs, batchSize, cancellation))
        {
            measure.Add(logits, Array.ConvertAll(batch, row => rows.Labels[row]));
        }

        return new EpochMeasure(epoch, trainingLoss, measure.Accuracy, measure.MacroF1, measure.LogLoss);
    }

    /// <summary>The logits of all rows, batch by batch in the order of length.</summary>
    public static IEnumerable<(int[] Rows, float[] Logits)> Logits(ITrainedNetwork network, ITrainingInputs inputs, int batchSize, CancellationToken cancellation)
    {
        foreach (int[] batch in EpochBatches.ByLength(inputs.Lengths, batchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            yield return (batch, Run(network, inputs, batch));
        }
    }

    private static float[] Run(ITrainedNetwork network, ITrainingInputs inputs, int[] batch)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor logits = network.Forward(inputs.Read(batch, null), dropout: null);
        return logits.to(ScalarType.Float32, CPU).contiguous().data<float>().ToArray();
    }
}
