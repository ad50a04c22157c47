using MLTransfer.FineTuning.Training.Loop;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>Rows whose changed versions have stored activations: each epoch takes the next one. Unchanged rows are computed when they are read.</summary>
/// <param name="unchanged">The rows as they are.</param>
/// <param name="views">The versions.</param>
internal sealed class ViewedInputs(RecomputedInputs unchanged, IReadOnlyList<CachedInputs> views) : ITrainingInputs
{
    /// <inheritdoc/>
    public ReadOnlySpan<int> Lengths => unchanged.Lengths;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch) =>
        epoch is { } number ? views[number % views.Count].Read(rows, number) : unchanged.Read(rows, null);
}
