using System.Globalization;
using MLTransfer.FineTuning.Freezing.Prefix;
using MLTransfer.FineTuning.Networks;
using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Training.Loop;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Export;

/// <summary>Compares what ONNX Runtime computes with the written weights to what the trained network gives, on rows of the training set.</summary>
internal static class ExportCheck
{
    private const int Rows = 8;

    /// <summary>Checks a model.</summary>
    /// <param name="model">What was written.</param>
    /// <param name="network">The trained network.</param>
    /// <param name="rows">The rows as the backbone reads them.</param>
    /// <param name="prepared">The same rows as the network reads them.</param>
    /// <param name="request">The request.</param>
    /// <exception cref="ExportException">The probabilities differ.</exception>
    public static void Run(FineTunedModel model, BackboneClassifier network, LabelledRows rows, LabelledRows prepared, FineTuneRequest request)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        int[] batch = [.. Enumerable.Range(0, Math.Min(Rows, rows.Labels.Length))];
        string features = model.Model.Outputs.Single().Name;
        using PrefixSession session = new(model.Model, [features], request.Inference);
        Tensor weights = tensor(model.HeadWeights, [model.HeadBiases.Length, model.Dimension]);
        Tensor written = Compared(nn.functional.linear(session.Run(rows.Inputs.Read(batch, null))[features], weights, tensor(model.HeadBiases)), rows.Targets, isScaled: false);
        Tensor trained = Compared(network.Forward(prepared.Inputs.Read(batch, null), dropout: null).to(CPU), rows.Targets, isScaled: true);
        double difference = (written - trained).abs().max().ToNumber();

        // bfloat16 products, TensorFloat-32 ones of a GPU, and stored activations of two bytes, have three digits.
        bool rounded = request.Options.Bfloat16 || network.Device.type != DeviceType.CPU || request.Options.Prefix.Precision != ActivationPrecision.Float32;
        double tolerance = rounded ? 0.05 : 1e-3;
        if (!(difference <= tolerance))
        {
            throw new ExportException(string.Create(
                CultureInfo.InvariantCulture,
                $"The written model gives {(rows.Targets is null ? "probabilities" : "numbers")} that differ from the trained network's by {difference:g3}; {tolerance:g3} is allowed. The model was not written."));
        }
    }

    // Probabilities, or numbers in units of their deviation.
    private static Tensor Compared(Tensor outputs, NumberTargets? targets, bool isScaled) =>
        targets is null ? outputs.softmax(1) : isScaled ? outputs : outputs.Minus(targets.Mean).Over(targets.Deviation);
}
