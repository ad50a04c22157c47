using System.Globalization;
using MLTransfer.FineTuning.Export;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Blocks;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Freezing.Prefix;
using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Networks;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Training.Checkpoints;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Optimizers;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.FineTuning.Training.Splitting;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
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
        TorchRuntime.EnsureAvailable();

        // The head of a regression begins at random, for which the lower rates of small data sets are too low.
        FineTuneOptions options = request.Options.For(request.Rows.Targets is null ? request.Rows.Labels.Length : int.MaxValue);
        request = request with { Options = options };
        string features = request.Model.Outputs.Single().Name;

        // Which weights train, and what of the graph they leave alone.
        IReadOnlyList<StoredTensor> weights = BackboneWeights.Of(request.Model, request.Candidates);
        string[] names = [.. weights.Select(static weight => weight.Name)];
        GraphBlocks blocks = GraphBlocks.Find(request.Model, names);
        LoraWeights? adapters = options.Train.Lora is { } lora ? LoraWeights.Begin(lora, LoraTargets.Choose(lora, request.Model, weights, blocks), request.Seed) : null;
        IReadOnlyDictionary<string, TrainingShare> trained = WeightSelection.Choose(
            options.Train, adapters is null ? weights : [.. weights.Where(weight => adapters.Pairs.Any(pair => pair.Target.Weight == weight.Name))], blocks);

        // Rows are split before the frozen part runs over them.
        LabelledRows rows = request.Rows;
        LabelledRows? validation = request.Validation;
        if (validation is null && options.EarlyStopping.ValidationFraction > 0)
        {
            (rows, validation) = ValidationSplit.Of(rows, options.EarlyStopping.ValidationFraction, request.Seed);
        }

        WarnOfOneClass(validation, request);
        using FrozenPart frozen = FrozenPart.Run(names, [.. trained.Keys], rows, validation, request, cancellation);
        int dimension = FrozenPart.Dimension(features, request);
        StartingHead? start = StartingHead.Of(frozen, features, dimension, request, cancellation);
        using BackboneClassifier network = Network(frozen.Cut, features, trained, weights, blocks, dimension, adapters, start, request);
        CheckpointFile? checkpoint = request.CheckpointPath is { } path
            ? new CheckpointFile(path, TrainingIdentity.Of(request.Classes, request.Rows, request.Identity, options, request.Seed))
            : null;
        using TrainingLoop loop = new(
            network, frozen.Rows, frozen.Validation, request.Classes.Count, options, request.Seed, checkpoint, request.Progress)
        {
            MeasuresTraining = request.MeasuresTraining,
            KeepsCheckpoint = request.KeepsCheckpoint,
        };
        TrainingOutcome outcome = loop.Run(request.Resume, cancellation);

        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> values = network.Parameters
            .Where(static parameter => parameter.Name is not (BackboneClassifier.HeadWeight or BackboneClassifier.HeadBias))
            .ToDictionary(static parameter => parameter.Name, static parameter => (Tensor)parameter.Value);
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
            Summary(options.Train, network, weights, blocks, frozen))
        { Lora = adapters };
        ExportCheck.Run(result, network, rows, frozen.Rows, request);
        return result;
    }

    private static BackboneClassifier Network(
        PrefixCut cut, string features, IReadOnlyDictionary<string, TrainingShare> trained, IReadOnlyList<StoredTensor> weights, GraphBlocks blocks, int dimension, LoraWeights? adapters, StartingHead? start, FineTuneRequest request)
    {
        FineTuneOptions options = request.Options;
        OnnxModel? tail = adapters is null || cut.Tail is null ? cut.Tail : LoraGraph.Insert(cut.Tail, adapters, options.Train.Lora!.Dropout);
        OnnxModule? module = tail is null ? null : OnnxModule.Import(tail, new ImportOptions { Outputs = [features], Bfloat16 = options.Bfloat16 });
        Dictionary<string, StoredTensor> known = weights.ToDictionary(static weight => weight.Name);
        List<TrainedParameter> parameters = [];
        foreach ((string name, TorchSharp.Modules.Parameter value) in module?.Weights ?? new Dictionary<string, TorchSharp.Modules.Parameter>())
        {
            if (adapters?.TargetOf(name) is { } weight)
            {
                parameters.Add(new TrainedParameter(name, value) { RateFactor = trained[weight].RateFactor });
                continue;
            }

            value.requires_grad = adapters is null && trained.ContainsKey(name);
            if (value.requires_grad && trained.TryGetValue(name, out TrainingShare share))
            {
                parameters.Add(new TrainedParameter(name, value)
                {
                    RateFactor = share.RateFactor,
                    FirstEpoch = share.FirstEpoch,
                    Decays = value.shape.Count(static dim => dim > 1) > 1,
                    IsTable = known[name].UsedBy == "Gather" || blocks.Uses.FirstNode.TryGetValue(name, out int node) && request.Model.Proto.Graph.Node[node].OpType == "Gather",
                });
            }
        }

        HashSet<string> found = [.. parameters.Select(parameter => adapters?.TargetOf(parameter.Name) ?? parameter.Name)];
        if (trained.Keys.FirstOrDefault(name => !found.Contains(name)) is { } lost)
        {
            throw new UserException($"The weight '{lost}' is to train, and the features do not depend on it. Leave it out of fineTune.train.");
        }

        return new BackboneClassifier(
            module, features, dimension, request.Classes.Count, parameters, options.HeadLearningRate / options.LearningRate, options.Dropout, start, request.Seed, CPU);
    }

    private static void WarnOfOneClass(LabelledRows? validation, FineTuneRequest request)
    {
        if (validation is { Targets: null } && validation.Labels.Distinct().Count() == 1)
        {
            request.Progress?.Report(new TrainingProgress(TrainingStage.Training, 0, 0)
            {
                Warning = $"All {validation.Labels.Length} validation rows are of the class '{request.Classes[validation.Labels[0]]}'. Their metric says little of the other classes.",
            });
        }
    }

    private static string Summary(
        FreezePlan plan, BackboneClassifier network, IReadOnlyList<StoredTensor> weights, GraphBlocks blocks, FrozenPart frozen)
    {
        long trained = network.Parameters.Where(static parameter => parameter.Name is not (BackboneClassifier.HeadWeight or BackboneClassifier.HeadBias)).Sum(static parameter => parameter.Value.numel());
        long all = weights.Sum(static weight => TensorShape.Count(weight.Shape));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{plan.Description}: {trained:N0} {(plan.Lora is null ? "of" : "numbers beside")} {all:N0} weights train, {blocks.Starts.Count} blocks; {frozen.Description}");
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
