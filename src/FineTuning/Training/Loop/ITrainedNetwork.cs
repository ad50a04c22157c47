using MLTransfer.FineTuning.Training.Optimizers;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Loop;

/// <summary>What a training loop trains.</summary>
internal interface ITrainedNetwork
{
    /// <summary>What is trained, in a fixed order.</summary>
    IReadOnlyList<TrainedParameter> Parameters { get; }

    /// <summary>Where it computes.</summary>
    Device Device { get; }

    /// <summary>The logits of a batch, <c>[rows, classes]</c>.</summary>
    /// <param name="inputs">Tensors by name.</param>
    /// <param name="dropout">What dropout draws from, on <see cref="Device"/>; null: nothing is dropped.</param>
    Tensor Forward(IReadOnlyDictionary<string, Tensor> inputs, Generator? dropout);
}
