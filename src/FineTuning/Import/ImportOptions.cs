using MLTransfer.FineTuning.Rewrites;
using TorchSharp;

namespace MLTransfer.FineTuning.Import;

/// <summary>How a graph becomes a module.</summary>
public sealed record ImportOptions
{
    /// <summary>Names of the values to compute, inner ones too. The default value is <see langword="null"/>: the outputs of the graph. What none of them needs is left out.</summary>
    public IReadOnlyList<string>? Outputs { get; init; }

    /// <summary>Names or patterns (<c>*</c> and <c>?</c>) of float initializers that are weights whatever the rule says. The default value is empty.</summary>
    public IReadOnlyList<string> Weights { get; init; } = [];

    /// <summary>Names or patterns of float initializers that are constants whatever the rule says. The default value is empty. Constants win over <see cref="Weights"/>.</summary>
    public IReadOnlyList<string> Constants { get; init; } = [];

    /// <summary>Device of the weights and of the computation. The default value is <see langword="null"/>: the CPU.</summary>
    public torch.Device? Device { get; init; }

    /// <summary>The rewrites that make training faster. The default value is <see cref="GraphRewrites.All"/>.</summary>
    public GraphRewrites Rewrites { get; init; } = GraphRewrites.All;

    /// <summary>
    /// Whether images are laid out with their channels last inside the module. The default value is <see langword="true"/>.
    /// The shapes of inputs, outputs and weights are those of the file either way.
    /// </summary>
    public bool ChannelsLast { get; init; } = true;

    /// <summary>
    /// Whether matrix products, convolutions and attention compute in bfloat16. Weights, and everything between, stay in float32.
    /// The default value is <see langword="false"/>. Faster on processors and GPUs with bfloat16 units; results have about three digits.
    /// </summary>
    public bool Bfloat16 { get; init; }
}
