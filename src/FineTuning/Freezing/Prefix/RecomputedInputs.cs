using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Mixing;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>Rows whose activations at the cut are computed for each batch again, where they cannot be stored.</summary>
/// <param name="inputs">The rows.</param>
/// <param name="session">The frozen part.</param>
internal sealed class RecomputedInputs(ITrainingInputs inputs, PrefixSession session) : ITrainingInputs
{
    /// <inheritdoc/>
    public ReadOnlySpan<int> Lengths => inputs.Lengths;

    /// <inheritdoc/>
    public RowMixture? MixtureOf(ReadOnlySpan<int> rows, int epoch) => inputs.MixtureOf(rows, epoch);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch)
    {
        Dictionary<string, Tensor> batch = new(inputs.Read(rows, epoch));
        foreach ((string name, Tensor value) in session.Run(batch))
        {
            batch[name] = value;
        }

        return batch;
    }
}
