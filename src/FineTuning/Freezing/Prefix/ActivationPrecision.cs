using System.Diagnostics.CodeAnalysis;

namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>How stored activations are rounded.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "These are the names of the formats.")]
public enum ActivationPrecision
{
    /// <summary>Not at all: 4 bytes a number.</summary>
    Float32,

    /// <summary>To 11 bits, magnitudes up to 65,504: 2 bytes a number.</summary>
    Float16,

    /// <summary>To 8 bits, any magnitude: 2 bytes a number.</summary>
    Bfloat16,
}
