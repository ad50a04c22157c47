using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Optimizers;
using MLTransfer.FineTuning.Training.Sampling;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Networks;

/// <summary>The trained part of a backbone, dropout, and a linear head.</summary>
internal sealed class BackboneClassifier : ITrainedNetwork, IDisposable
{
    /// <summary>The name of the head's weights, <c>[classes, features]</c>.</summary>
    public const string HeadWeight = "head.weight";

    /// <summary>The name of the head's biases, <c>[classes]</c>.</summary>
    public const string HeadBias = "head.bias";

    private readonly OnnxModule? _backbone;
    private readonly string _features;
    private readonly double _dropout;
    private readonly Parameter _weight;
    private readonly Parameter _bias;

    /// <param name="backbone">The part that trains; null: the features are inputs.</param>
    /// <param name="features">The name of the features, <c>[rows, dimension]</c>.</param>
    /// <param name="dimension">Their number.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="trained">The weights of the backbone that train.</param>
    /// <param name="headRateFactor">The head's learning rate divided by the backbone's.</param>
    /// <param name="dropout">Part of the features that is dropped.</param>
    /// <param name="start">The head's first weights; null: random ones.</param>
    /// <param name="seed">The seed of random weights.</param>
    /// <param name="device">Where it computes.</param>
    public BackboneClassifier(
        OnnxModule? backbone, string features, int dimension, int classes, IReadOnlyList<TrainedParameter> trained, double headRateFactor, double dropout, StartingHead? start, int seed, Device device)
    {
        _backbone = backbone;
        _features = features;
        _dropout = dropout;
        Device = device;

        // Uniform in ± 1 / √dimension, as PyTorch's Linear begins.
        Random random = SeededRandom.For(seed, RandomPurpose.Weights, 0);
        double bound = 1 / Math.Sqrt(dimension);
        _weight = start is null ? Random(classes, dimension) : Given(start.Weights, classes, dimension);
        _bias = start is null ? Random(classes) : Given(start.Biases, classes);
        Parameters =
        [
            .. trained,
            new TrainedParameter(HeadWeight, _weight) { RateFactor = headRateFactor },
            new TrainedParameter(HeadBias, _bias) { RateFactor = headRateFactor, Decays = false },
        ];

        Parameter Random(params long[] shape)
        {
            float[] values = new float[TensorShape.Count(shape)];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)(((2 * random.NextDouble()) - 1) * bound);
            }

            return Given(values, shape);
        }

        Parameter Given(float[] values, params long[] shape) => new(tensor(values, shape, device: device).DetachFromDisposeScope());
    }

    /// <inheritdoc/>
    public IReadOnlyList<TrainedParameter> Parameters { get; }

    /// <inheritdoc/>
    public Device Device { get; }

    /// <summary>The head's weights.</summary>
    public Parameter Weight => _weight;

    /// <summary>The head's biases.</summary>
    public Parameter Bias => _bias;

    /// <inheritdoc/>
    public Tensor Forward(IReadOnlyDictionary<string, Tensor> inputs, Generator? dropout)
    {
        Tensor features = Features(inputs, dropout);
        return nn.functional.linear(dropout is null ? features : GeneratedDropout.Of(features, _dropout, dropout), _weight, _bias);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _backbone?.Dispose();
        _weight.Dispose();
        _bias.Dispose();
    }

    // [rows, dimension]
    private Tensor Features(IReadOnlyDictionary<string, Tensor> inputs, Generator? dropout)
    {
        if (_backbone is null)
        {
            return OnDevice(inputs[_features]);
        }

        _backbone.train(dropout is not null);
        _backbone.Generator = dropout;
        return _backbone.call(_backbone.InputNames.ToDictionary(static name => name, name => OnDevice(inputs[name])))[_features];
    }

    private Tensor OnDevice(Tensor tensor) => Device.type == DeviceType.CPU ? tensor : tensor.to(Device);
}
