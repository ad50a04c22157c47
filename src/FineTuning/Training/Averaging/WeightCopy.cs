using MLTransfer.FineTuning.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Averaging;

/// <summary>The weights of a moment.</summary>
internal sealed class WeightCopy : IDisposable
{
    private readonly IReadOnlyList<TrainedParameter> _parameters;
    private readonly Tensor[] _values;

    /// <param name="parameters">What is copied.</param>
    public WeightCopy(IReadOnlyList<TrainedParameter> parameters)
    {
        _parameters = parameters;
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _values = [.. parameters.Select(static parameter => parameter.Value.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>The values, in the order of the parameters.</summary>
    public IReadOnlyList<Tensor> Values => _values;

    /// <summary>Takes the weights of now.</summary>
    public void Take()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < _values.Length; i++)
        {
            _values[i].copy_(_parameters[i].Value);
        }
    }

    /// <summary>Puts the values in the place of the weights.</summary>
    public void Restore()
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < _values.Length; i++)
        {
            _parameters[i].Value.copy_(_values[i]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_values, static value => value.Dispose());
}
