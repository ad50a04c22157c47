using System.Globalization;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Blocks;
using MLTransfer.FineTuning.Freezing.Prefix;
using MLTransfer.FineTuning.Import;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning.Freezing.Plans;

/// <summary>What of a backbone trains: weights, or adapters beside them. It is told from the graph, without TorchSharp.</summary>
/// <param name="All">All weights of the backbone.</param>
/// <param name="Blocks">Its blocks.</param>
/// <param name="Shares">The weights that train, by name; with adapters, those that have one beside them.</param>
/// <param name="Adapters">The first values of the adapters; null where weights themselves train.</param>
internal sealed record TrainedWeights(IReadOnlyList<StoredTensor> All, GraphBlocks Blocks, IReadOnlyDictionary<string, TrainingShare> Shares, LoraWeights? Adapters)
{
    /// <summary>Applies a plan to a backbone.</summary>
    /// <param name="model">The backbone with its pooling.</param>
    /// <param name="candidates">The initializers of the backbone's own file; null: all.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="seed">The seed of the adapters' first values.</param>
    /// <exception cref="UserException">The plan does not fit the backbone.</exception>
    /// <exception cref="ImportException">The graph is not well formed.</exception>
    public static TrainedWeights Choose(OnnxModel model, IReadOnlySet<string>? candidates, FreezePlan plan, int seed)
    {
        IReadOnlyList<StoredTensor> all = BackboneWeights.Of(model, candidates);
        GraphBlocks blocks = GraphBlocks.Find(model, [.. all.Select(static weight => weight.Name)]);
        LoraWeights? adapters = plan.Lora is { } lora ? LoraWeights.Begin(lora, LoraTargets.Choose(lora, model, all, blocks), seed) : null;
        IReadOnlyList<StoredTensor> eligible = adapters is null ? all : [.. all.Where(weight => adapters.Pairs.Any(pair => pair.Target.Weight == weight.Name))];
        return new TrainedWeights(all, blocks, WeightSelection.Choose(plan, eligible, blocks), adapters);
    }

    /// <summary>What trains, in a few words.</summary>
    /// <param name="plan">The plan that was applied.</param>
    public string Describe(FreezePlan plan)
    {
        long trained = Adapters is null
            ? All.Where(weight => Shares.ContainsKey(weight.Name)).Sum(static weight => TensorShape.Count(weight.Shape))
            : Adapters.Pairs.Sum(static pair => (long)pair.A.Length + pair.B.Length);
        long all = All.Sum(static weight => TensorShape.Count(weight.Shape));
        return string.Create(
            CultureInfo.InvariantCulture, $"{plan.Description}: {trained:N0} {(Adapters is null ? "of" : "numbers beside")} {all:N0} weights train, {Blocks.Starts.Count} blocks");
    }

    /// <summary>The backbone, cut where the first trained weight is.</summary>
    /// <param name="model">The backbone.</param>
    /// <param name="options">Whether it is cut at all.</param>
    public PrefixCut Cut(OnnxModel model, PrefixOptions options) =>
        options.Enabled ? PrefixCut.Of(model, [.. All.Select(static weight => weight.Name)], [.. Shares.Keys]) : new PrefixCut(null, model, []);
}
