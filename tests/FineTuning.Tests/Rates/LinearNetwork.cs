using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Optimizers;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Rates;

/// <summary>One linear layer that begins with zeros: its mean squared error is quadratic, its cross-entropy convex.</summary>
internal sealed class LinearNetwork : ITrainedNetwork, IDisposable
{
    private readonly Parameter _weight;

    public LinearNetwork(int outputs, int features)
    {
        _weight = new Parameter(zeros(outputs, features));
        Parameters = [new TrainedParameter("weight", _weight)];
    }

    public IReadOnlyList<TrainedParameter> Parameters { get; }

    public Device Device => CPU;

    public Tensor Forward(IReadOnlyDictionary<string, Tensor> inputs, Generator? dropout) => nn.functional.linear(inputs["x"], _weight);

    public void Dispose() => _weight.Dispose();
}
