using MLTransfer.FineTuning;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using MLTransfer.Pipelines.Configuration;
using MLTransfer.Pipelines.Features;
using MLTransfer.Pipelines.FineTuning;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>What can be wrong with a fine-tuning before a row is read.</summary>
internal static class FineTuneCheck
{
    /// <summary>Checks what the pipeline asks for, and that this machine can do it.</summary>
    /// <param name="resolved">A pipeline with a section <c>fineTune</c>.</param>
    /// <exception cref="UserException">Settings do not go together, or a GPU is not there.</exception>
    /// <exception cref="DllNotFoundException">TorchSharp cannot be loaded; the message says how to mend it.</exception>
    public static void Configuration(PipelineConfiguration resolved)
    {
        if (resolved.Features.Count != 1)
        {
            throw new UserException($"fineTune trains one backbone, and 'features' has {resolved.Features.Count} entries. Keep one of them.");
        }

        if (resolved.Data.Folds is not null)
        {
            throw new UserException("data.folds is set, and fineTune trains one model. Set data.test or data.testFraction in its place.");
        }

        if (resolved.FineTune!.Baseline is not null && resolved.Data is { Test: null, TestFraction: null })
        {
            throw new UserException("fineTune.baseline compares on test rows, and there are none. Set data.test or data.testFraction, or leave baseline out.");
        }

        FeatureInput input = resolved.Features[0];
        if (input.Image is null)
        {
            TrainingInput.CheckIsForTexts(resolved.FineTune.Augmentation);
        }
        else if (input.Preprocessing is { } mode and not ImagePreprocessingMode.Stock)
        {
            throw new UserException($"fineTune trains on the pixels of ML.NET's transforms, and the input's preprocessing is {mode}. Leave 'preprocessing' out.");
        }

        TorchRuntime.EnsureAvailable();
        TrainingDevice.Of(resolved.Inference, static _ => { }); // the training warns of the processor in its place
    }

    /// <summary>Checks that the plan fits the backbone, and that Torch can compute what trains.</summary>
    /// <param name="resolved">The pipeline.</param>
    /// <param name="backbone">Its backbone.</param>
    /// <param name="graph">The backbone with what is before and behind it.</param>
    /// <returns>What trains, in a few words.</returns>
    /// <exception cref="UserException">The plan does not fit, or an operator has no rule; the message names it.</exception>
    public static string Plan(PipelineConfiguration resolved, Backbone backbone, FeatureGraph graph)
    {
        FineTuneSection options = resolved.FineTune!;
        TrainedWeights weights = TrainedWeights.Choose(graph.Model, BackboneWeights.Stored(backbone), options.Train, resolved.Seed);
        if (weights.Cut(graph.Model, options.Prefix).Tail is { } tail)
        {
            _ = OnnxModule.Describe(tail);
        }

        return weights.Describe(options.Train);
    }
}
