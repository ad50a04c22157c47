using MLTransfer.FineTuning.Training.Optimizers;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Averaging;

/// <summary>An exponential moving average of the weights (Polyak and Juditsky 1992): what is measured and kept in place of the last weights.</summary>
internal sealed class MovingAverage : IDisposable
{
    private readonly IReadOnlyList<TrainedParameter> _parameters;
    private readonly double _decay;
    private readonly WeightCopy _averages;

    /// <param name="parameters">What is trained.</param>
    /// <param name="decay">What of the average stays at a step.</param>
    public MovingAverage(IReadOnlyList<TrainedParameter> parameters, double decay)
    {
        _parameters = parameters;
        _decay = decay;
        _averages = new WeightCopy(parameters);
    }

    /// <summary>The averages by name, for checkpoints.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => _parameters.Select((parameter, i) => ($"average.{parameter.Name}", _averages.Values[i]));

    /// <summary>Takes the weights of a step in. Early on the average is short, so that it does not remember the first weights.</summary>
    /// <param name="step">The step, from 1.</param>
    public void Add(long step)
    {
        using IDisposable noGradient = no_grad();
        using DisposeScope scope = NewDisposeScope();
        double decay = Math.Min(_decay, (1.0 + step) / (10 + step));
        for (int i = 0; i < _parameters.Count; i++)
        {
            _averages.Values[i].lerp_(_parameters[i].Value, 1 - decay);
        }
    }

    /// <summary>Puts the averages in the place of the weights, until the result is disposed.</summary>
    public IDisposable InPlace() => WeightSwap.Begin(_parameters, _averages);

    /// <summary>Puts the averages in the place of the weights, for good.</summary>
    public void Apply() => _averages.Restore();

    /// <inheritdoc/>
    public void Dispose() => _averages.Dispose();
}
