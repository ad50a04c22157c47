using MLTransfer.FineTuning.Runtime;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Networks;

/// <summary>Torch's dropout with a generator of one's own: Torch has one for the process, from which trainings side by side would draw in turns.</summary>
internal static class GeneratedDropout
{
    /// <summary>Leaves numbers out and scales the others up (Srivastava et al. 2014), as Torch's own function does with the same state of its generator.</summary>
    /// <param name="x">Any shape.</param>
    /// <param name="rate">The part that is left out.</param>
    /// <param name="generator">Where from; null: Torch's own.</param>
    public static Tensor Of(Tensor x, double rate, Generator? generator) =>
        rate == 0 ? x : x * empty_like(x).bernoulli_(1 - rate, generator!).OverInPlace(1 - rate);
}
