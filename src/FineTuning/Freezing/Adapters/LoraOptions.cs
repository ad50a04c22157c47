using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Freezing.Adapters;

/// <summary>
/// Low-rank adapters (LoRA, Hu et al. 2021, arXiv:2106.09685): a weight W stays as it is, and a product of two small matrices trains beside it. The
/// effective weight is W + (alpha / rank) · B · A; A begins with random numbers and B with zeros, so that training begins at the backbone itself.
/// </summary>
public sealed record LoraOptions
{
    /// <summary>Rows of A and columns of B. The default value is 8.</summary>
    [Range(1, 4096, ErrorMessage = "must be from 1 to 4096.")]
    public int Rank { get; init; } = 8;

    /// <summary>B · A counts alpha / rank times. The default value is 16: twice, at the default rank.</summary>
    [Range(0.0, 1e6, MinimumIsExclusive = true, ErrorMessage = "must be above 0 and at most 1000000.")]
    public double Alpha { get; init; } = 16;

    /// <summary>Part of an adapter's input that it does not see in a step. The default value is 0.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true, ErrorMessage = "must be from 0 to below 1.")]
    public double Dropout { get; init; }

    /// <summary>
    /// Names of the initializers that get an adapter, with <c>*</c> and <c>?</c>: weights of <c>MatMul</c>, <c>Gemm</c> and <c>Conv</c>; <c>inspect</c>
    /// lists them. The default value is null: the matrices of the repeated blocks, which in a transformer are the projections of the attention and the
    /// feed-forward layers; in a network without such matrices, the convolutions of the blocks that are not grouped.
    /// </summary>
    public IReadOnlyList<string>? Targets { get; init; }

    /// <summary>What B · A is multiplied with.</summary>
    internal double Scale => Alpha / Rank;
}
