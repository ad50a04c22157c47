using MLTransfer.FineTuning.Export;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Networks;
using MLTransfer.FineTuning.Training.Checkpoints;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Errors;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning;

/// <summary>Trains a backbone with a head: freeze plan, cut, frozen part once, training, weights back into the graph.</summary>
internal static class FineTuner
{
    /// <summary>Runs the training. It computes on the calling thread.</summary>
    /// <param name="request">What and how.</param>
    /// <param name="cancellation">Stops between two steps; a checkpoint is written first.</param>
    /// <exception cref="UserException">The plan does not fit the backbone, the loss is no number, or the checkpoint is of another training.</exception>
    /// <exception cref="ImportException">The backbone cannot be trained; the message names the node.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp cannot be loaded; the message says how to mend it.</exception>
    public static FineTunedModel Train(FineTuneRequest request, CancellationToken cancellation)
    {
        using PreparedTraining prepared = PreparedTraining.Of(request, validates: true, cancellation);
        request = prepared.Request;
        BackboneClassifier network = prepared.Network;
        LabelledRows rows = prepared.Rows;
        CheckpointFile? checkpoint = request.CheckpointPath is { } path
            ? new CheckpointFile(path, TrainingIdentity.Of(request.Classes, request.Rows, request.Identity, request.Options, request.Seed))
            : null;
        using TrainingLoop loop = new(
            network, prepared.Frozen.Rows, prepared.Frozen.Validation, request.Classes.Count, request.Options, request.Seed, checkpoint, request.Progress)
        {
            MeasuresTraining = request.MeasuresTraining,
            KeepsCheckpoint = request.KeepsCheckpoint,
        };
        TrainingOutcome outcome = loop.Run(request.Resume, cancellation);

        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> values = network.Parameters
            .Where(static parameter => parameter.Name is not (BackboneClassifier.HeadWeight or BackboneClassifier.HeadBias))
            .ToDictionary(static parameter => parameter.Name, static parameter => (Tensor)parameter.Value);
        LoraWeights? adapters = prepared.Adapters;
        if (adapters is not null)
        {
            adapters = adapters.With(name => Numbers(values[name]));
            values = adapters.Merge(request.Model).ToDictionary(static pair => pair.Key, static pair => tensor(pair.Value.Values, pair.Value.Shape));
        }

        FineTunedModel result = new(
            WeightWriter.Write(request.Model, values, StoredPrecision.Widen),
            Unscaled(Numbers(network.Weight), rows.Targets, 0),
            Unscaled(Numbers(network.Bias), rows.Targets, rows.Targets?.Mean ?? 0),
            values.Keys,
            outcome,
            prepared.Summary)
        {
            Options = request.Options,
            Lora = adapters,
        };
        ExportCheck.Run(result, network, rows, prepared.Frozen.Rows, request);
        return result;
    }

    // A regression was learnt with mean 0 and deviation 1.
    private static float[] Unscaled(float[] numbers, NumberTargets? targets, float mean) =>
        targets is null ? numbers : Array.ConvertAll(numbers, number => (number * targets.Deviation) + mean);

    private static float[] Numbers(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        using Tensor moved = detached.to(CPU);
        return moved.data<float>().ToArray();
    }
}
