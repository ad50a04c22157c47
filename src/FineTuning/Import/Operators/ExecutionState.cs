using TorchSharp;

namespace MLTransfer.FineTuning.Import.Operators;

/// <summary>What holds for the whole run of a module over one batch.</summary>
internal sealed class ExecutionState
{
    /// <summary>Device that tensors are made on.</summary>
    public torch.Device Device { get; set; } = torch.CPU;

    /// <summary>Whether the module is in training mode: adapters drop a part of their input.</summary>
    public bool Training { get; set; }

    /// <summary>What dropout draws from; null: Torch's own generator.</summary>
    public torch.Generator? Generator { get; set; }

    /// <summary>Whether BatchNormalization normalises with the batch and updates its running statistics.</summary>
    public bool BatchNormTrains { get; set; }

    /// <summary>Weight of the batch in the new running statistics (PyTorch's meaning).</summary>
    public double BatchNormMomentum { get; set; } = 0.1;

    /// <summary>Whether matrix products, convolutions and attention compute in bfloat16.</summary>
    public bool Bfloat16 { get; set; }

    /// <summary>Whether convolutions are left to Torch's own kernels where oneDNN is slow.</summary>
    public bool AvoidsOneDnn { get; set; }

    /// <summary>Whether images are laid out with their channels last, which convolutions on a CPU are faster with.</summary>
    public bool ChannelsLast { get; init; }
}
