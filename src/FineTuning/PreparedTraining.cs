using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Freezing.Prefix;
using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Networks;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Texts;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Optimizers;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.FineTuning.Training.Splitting;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning;

/// <summary>What a training begins with, and a range test of its learning rates too: rows, cut, frozen part, and the network with its head.</summary>
internal sealed class PreparedTraining : IDisposable
{
    private PreparedTraining(FineTuneRequest request, LabelledRows rows, FrozenPart frozen, BackboneClassifier network)
    {
        Request = request;
        Rows = rows;
        Frozen = frozen;
        Network = network;
    }

    /// <summary>The request, with the options that are in force for its number of rows.</summary>
    public FineTuneRequest Request { get; }

    /// <summary>The training rows as they came.</summary>
    public LabelledRows Rows { get; }

    /// <summary>The rows as the network reads them.</summary>
    public FrozenPart Frozen { get; }

    /// <summary>What trains.</summary>
    public BackboneClassifier Network { get; }

    /// <summary>The first values of the adapters; null where weights themselves train.</summary>
    public LoraWeights? Adapters { get; private init; }

    /// <summary>What trains and what is computed once, in a few words.</summary>
    public required string Summary { get; init; }

    /// <summary>Prepares a training.</summary>
    /// <param name="request">What and how.</param>
    /// <param name="validates">Whether validation rows are needed. Those that the options set aside are no training rows either way.</param>
    /// <param name="cancellation">Stops between two batches of the frozen part.</param>
    /// <exception cref="UserException">The plan does not fit the backbone.</exception>
    /// <exception cref="ImportException">The backbone cannot be trained; the message names the node.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp cannot be loaded; the message says how to mend it.</exception>
    public static PreparedTraining Of(FineTuneRequest request, bool validates, CancellationToken cancellation)
    {
        TorchRuntime.EnsureAvailable();
        TextInputs? texts = request.Rows.Inputs as TextInputs;
        FineTuneOptions options = request.Options.For(request.Rows.Labels.Length, areTexts: texts is not null, arePairs: texts?.ArePairs == true);
        request = request with { Options = options };
        string features = request.Model.Outputs.Single().Name;
        Device device = TrainingDevice.Of(request.Inference, reason => request.Progress?.Report(new TrainingProgress(TrainingStage.Training, 0, 0) { Warning = reason }));

        TrainedWeights weights = TrainedWeights.Choose(request.Model, request.Candidates, options.Train, request.Seed);

        // Rows are split before the frozen part runs over them.
        LabelledRows rows = request.Rows;
        LabelledRows? validation = request.Validation;
        if (validation is null && options.EarlyStopping.ValidationFraction > 0)
        {
            (rows, validation) = ValidationSplit.Of(rows, options.EarlyStopping.ValidationFraction, request.Seed);
        }

        validation = validates ? validation : null;
        WarnOfOneClass(validation, request);
        FrozenPart frozen = FrozenPart.Run(weights, rows, validation, request, cancellation);
        try
        {
            int dimension = frozen.Dimension(features, request);
            StartingHead? start = StartingHead.Of(frozen, features, dimension, request, cancellation);
            BackboneClassifier network = NetworkOf(frozen.Cut, features, weights, dimension, start, request, device);
            return new PreparedTraining(request, rows, frozen, network) { Adapters = weights.Adapters, Summary = $"{weights.Describe(options.Train)}; {frozen.Description}{(device.type == TorchSharp.DeviceType.CPU ? "" : $"; on {device}")}" };
        }
        catch
        {
            frozen.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Network.Dispose();
        Frozen.Dispose();
    }

    private static BackboneClassifier NetworkOf(
        PrefixCut cut, string features, TrainedWeights weights, int dimension, StartingHead? start, FineTuneRequest request, Device device)
    {
        FineTuneOptions options = request.Options;
        LoraWeights? adapters = weights.Adapters;
        IReadOnlyDictionary<string, TrainingShare> trained = weights.Shares;
        OnnxModel? tail = adapters is null || cut.Tail is null ? cut.Tail : LoraGraph.Insert(cut.Tail, adapters, options.Train.Lora!.Dropout);
        tail = tail is null ? null : ResidualDropout.Insert(tail, options.ResidualDropout!.Value);
        OnnxModule? module = tail is null ? null : OnnxModule.Import(tail, new ImportOptions { Outputs = [features], Bfloat16 = options.Bfloat16, Device = device });
        Dictionary<string, StoredTensor> known = weights.All.ToDictionary(static weight => weight.Name);
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
                    IsTable = known[name].UsedBy == "Gather" || weights.Blocks.Uses.FirstNode.TryGetValue(name, out int node) && request.Model.Proto.Graph.Node[node].OpType == "Gather",
                });
            }
        }

        HashSet<string> found = [.. parameters.Select(parameter => adapters?.TargetOf(parameter.Name) ?? parameter.Name)];
        if (trained.Keys.FirstOrDefault(name => !found.Contains(name)) is { } lost)
        {
            throw new UserException($"The weight '{lost}' is to train, and the features do not depend on it. Leave it out of fineTune.train.");
        }

        return new BackboneClassifier(
            module, features, dimension, request.Classes.Count, parameters, options.HeadLearningRate / options.LearningRate, options.Dropout, start, request.Seed, device);
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
}
