using MLTransfer.FineTuning.Import.Values;
using MLTransfer.FineTuning.Runtime;
using TorchSharp;
using static TorchSharp.torch.nn;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>Activations that write over what they read: a pass over memory less, and nothing kept for the gradient but the output. No file holds these.</summary>
/// <remarks>Where a value is a bound itself, the gradient of a clip is 0, as that of PyTorch's ReLU6 is; the clamp of the plain form lets it pass.</remarks>
internal static class InPlaceActivations
{
    public const string Relu = "ReluInPlace";
    public const string Clip = "ClipInPlace";

    public static IEnumerable<OperatorDefinition> Definitions =>
    [
        OperatorDefinition.Of(Relu, 1, static _ => static inputs => ReluOf(inputs.Tensor(0))) with { Domain = RewrittenOperators.Domain },
        OperatorDefinition.Of(Clip, 1, ClipOf) with { Domain = RewrittenOperators.Domain },
    ];

    private static GraphValue ReluOf(torch.Tensor x) => x.is_floating_point() ? functional.relu(x, inplace: true) : x.relu();

    private static Func<OperatorInputs, GraphValue> ClipOf(NodeContext node)
    {
        float low = node.Attributes.Float("min", 0), high = node.Attributes.Float("max", 0);
        return inputs =>
        {
            torch.Tensor x = inputs.Tensor(0);
            return x.is_floating_point() ? x.HardtanhInPlace(low, high) : x.Clamp(low, high);
        };
    }
}
