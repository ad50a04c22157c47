using MLTransfer.FineTuning.Networks;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Optimizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Training;

/// <summary>Two linear layers with dropout between them.</summary>
internal sealed class TinyNetwork : ITrainedNetwork, IDisposable
{
    private readonly Parameter _first;
    private readonly Parameter _second;

    public TinyNetwork(int features, int classes, int seed = 3, int secondFromEpoch = 0)
    {
        manual_seed(seed);
        _first = new Parameter(randn(8, features) * 0.3);
        _second = new Parameter(randn(classes, 8) * 0.3);
        Parameters = [new TrainedParameter("first", _first), new TrainedParameter("second", _second) { FirstEpoch = secondFromEpoch }];
    }

    public IReadOnlyList<TrainedParameter> Parameters { get; }

    public Device Device => CPU;

    public Tensor Forward(IReadOnlyDictionary<string, Tensor> inputs, Generator? dropout)
    {
        Tensor hidden = nn.functional.linear(inputs["x"], _first).tanh();
        return nn.functional.linear(dropout is null ? hidden : GeneratedDropout.Of(hidden, 0.2, dropout), _second);
    }

    public float[][] Weights() => [.. Parameters.Select(static parameter => parameter.Value.data<float>().ToArray())];

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }
}
