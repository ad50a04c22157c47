using System.ComponentModel.DataAnnotations;

namespace MLTransfer.FineTuning.Training.Checkpoints;

/// <summary>When the state of a training is written. It is always written on cancellation.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Seconds from one checkpoint to the next. The default value is 600; 0 writes none but on cancellation.</summary>
    [Range(0, 1_000_000, ErrorMessage = "must be from 0 to 1000000 seconds.")]
    public int Seconds { get; init; } = 600;
}
