using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning;

/// <summary>What came of a fine-tuning.</summary>
/// <param name="Model">The backbone with its trained weights: the same nodes, names and order. Trained weights are float32.</param>
/// <param name="HeadWeights"><c>[classes, features]</c>, row by row.</param>
/// <param name="HeadBiases"><c>[classes]</c>.</param>
/// <param name="Trained">The names of the initializers that were trained.</param>
/// <param name="Outcome">What was measured.</param>
/// <param name="Summary">What trained and what was computed once, in a few words.</param>
internal sealed record FineTunedModel(OnnxModel Model, float[] HeadWeights, float[] HeadBiases, IReadOnlyCollection<string> Trained, TrainingOutcome Outcome, string Summary)
{
    /// <summary>The options that were in force, those among them that depend on the number of rows.</summary>
    public required FineTuneOptions Options { get; init; }

    /// <summary>The adapters whose sum with the weights the model holds; null where weights themselves were trained.</summary>
    public LoraWeights? Lora { get; init; }

    /// <summary>The number of features.</summary>
    public int Dimension => HeadWeights.Length / HeadBiases.Length;
}
