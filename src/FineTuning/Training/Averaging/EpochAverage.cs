using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Averaging;

/// <summary>The mean of the weights after the last epochs (checkpoint averaging, Vaswani et al. 2017, arXiv:1706.03762).</summary>
internal sealed class EpochAverage : IDisposable
{
    private readonly IReadOnlyList<TrainedParameter> _parameters;
    private readonly Tensor[] _sums;

    /// <param name="parameters">What is averaged.</param>
    public EpochAverage(IReadOnlyList<TrainedParameter> parameters)
    {
        _parameters = parameters;
        using IDisposable noGradient = no_grad();
        _sums = [.. parameters.Select(static parameter => zeros_like(parameter.Value).DetachFromDisposeScope())];
    }

    /// <summary>How many epochs were added.</summary>
    public int Count { get; set; }

    /// <summary>The sums by name, for checkpoints.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => _parameters.Select((parameter, i) => ($"sum.{parameter.Name}", _sums[i]));

    /// <summary>Adds the weights of now.</summary>
    public void Add()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < _sums.Length; i++)
        {
            _sums[i].PlusInPlace(_parameters[i].Value);
        }

        Count++;
    }

    /// <summary>Puts the mean in the place of the weights, for good.</summary>
    public void Apply()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < _sums.Length; i++)
        {
            _parameters[i].Value.copy_(_sums[i].Over(Count));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_sums, static sum => sum.Dispose());
}
