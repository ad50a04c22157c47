using MLTransfer.FineTuning.Runtime;
using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>The activation that a fused operator applies to its result, named by an attribute.</summary>
internal static class FusedActivation
{
    public static Func<torch.Tensor, torch.Tensor> Of(NodeContext node, string name, string alphaAttribute, string betaAttribute)
    {
        float[] parameters = node.Attributes.Floats("activation_params") ?? [];
        float? alpha = parameters.Length > 0 ? parameters[0] : node.Attributes.Has(alphaAttribute) ? node.Attributes.Float(alphaAttribute, 0) : null;
        float? beta = parameters.Length > 1 ? parameters[1] : node.Attributes.Has(betaAttribute) ? node.Attributes.Float(betaAttribute, 0) : null;
        return name switch
        {
            "" => x => x,
            "Relu" => x => x.relu(),
            "Sigmoid" => x => x.sigmoid(),
            "Tanh" => x => x.tanh(),
            "LeakyRelu" => x => x.LeakyRelu(alpha ?? 0.01f),
            "HardSigmoid" => x => Activations.HardSigmoid(x, alpha ?? 0.2f, beta ?? 0.5f),
            "HardSwish" => x => x.hardswish(),
            "Elu" => x => x.Elu(alpha ?? 1f),
            "Softplus" => x => x.Softplus(),
            "Gelu" => x => Activations.Gelu(x, false),
            "FastGelu" => x => Activations.Gelu(x, true),
            "QuickGelu" => x => Activations.Swish(x, alpha ?? 1.702f),
            "Swish" or "SiLU" or "Silu" => x => Activations.Swish(x, alpha ?? 1f),
            "Clip" => x => x.Clamp(alpha ?? float.MinValue, beta ?? float.MaxValue),
            _ => throw node.Unsupported($"the fused activation '{name}' has no rule"),
        };
    }
}
