using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>The optimizer and its constants; names and meaning are PyTorch's.</summary>
public sealed record OptimizerOptions
{
    /// <summary>The rule. The default value is <see cref="OptimizerKind.AdamW"/>.</summary>
    public OptimizerKind Kind { get; init; } = OptimizerKind.AdamW;

    /// <summary>Momentum of SGD. The default value is 0.9.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true, ErrorMessage = "must be from 0 to below 1.")]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Whether SGD looks ahead along its momentum (Nesterov). The default value is false.</summary>
    public bool Nesterov { get; init; }

    /// <summary>Decay of Adam's mean of gradients. The default value is 0.9.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true, ErrorMessage = "must be from 0 to below 1.")]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of Adam's mean of squared gradients. The default value is 0.999.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true, ErrorMessage = "must be from 0 to below 1.")]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>What Adam adds to the root of the squared gradients. The default value is 1e-8.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true, ErrorMessage = "must be above 0 and at most 1.")]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>
    /// Weight decay: decoupled for AdamW, added to the gradient for Adam and SGD. Norms, biases and other vectors are left out.
    /// The default value is 0.01.
    /// </summary>
    [Range(0.0, 1.0, ErrorMessage = "must be from 0 to 1.")]
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>
    /// Whether only those rows of an embedding table are updated that the batch has read; the others keep their values and moments until they are read
    /// again, as in PyTorch's SparseAdam. The default value is false.
    /// </summary>
    public bool TouchedRowsOnly { get; init; }
}
