using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>What is kept of the frozen part of a backbone: it runs once in ONNX Runtime, and every epoch reads what it gave.</summary>
public sealed record PrefixOptions
{
    /// <summary>Whether the frozen part is cut off and computed once. The default value is true.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How activations are stored. The default value is <see cref="ActivationPrecision.Float32"/>: nothing is lost.</summary>
    public ActivationPrecision Precision { get; init; } = ActivationPrecision.Float32;

    /// <summary>
    /// The largest size of the stored activations in megabytes. The default value is 8192. What does not fit is computed again in each epoch, by ONNX
    /// Runtime too.
    /// </summary>
    [Range(0, 100_000_000, ErrorMessage = "must be 0 or larger.")]
    public int Megabytes { get; init; } = 8192;
}
