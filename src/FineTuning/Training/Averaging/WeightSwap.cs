using MLTransfer.FineTuning.Training.Optimizers;

namespace MLTransfer.FineTuning.Training.Averaging;

/// <summary>Other weights in the place of the trained ones, for a while.</summary>
internal sealed class WeightSwap : IDisposable
{
    private readonly WeightCopy _own;

    private WeightSwap(WeightCopy own) => _own = own;

    /// <summary>Puts other weights in place; disposing the result brings the trained ones back.</summary>
    public static WeightSwap Begin(IReadOnlyList<TrainedParameter> parameters, WeightCopy others)
    {
        WeightCopy own = new(parameters);
        others.Restore();
        return new WeightSwap(own);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _own.Restore();
        _own.Dispose();
    }
}
