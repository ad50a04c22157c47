namespace MLTransfer.FineTuning.Training.Progress;

/// <summary>How far a training is.</summary>
/// <param name="Stage">What is done.</param>
/// <param name="Done">Steps done; of the frozen part and of features rows, of the head's beginning fits.</param>
/// <param name="Total">How many there are.</param>
public sealed record TrainingProgress(TrainingStage Stage, long Done, long Total)
{
    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; init; }

    /// <summary>The number of epochs.</summary>
    public int Epochs { get; init; }

    /// <summary>The smoothed loss of the last steps.</summary>
    public double Loss { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public double LearningRate { get; init; }

    /// <summary>What was measured after the epoch that just ended; null between.</summary>
    public EpochMeasure? Measure { get; init; }

    /// <summary>Something that a user should know though the training goes on; null: nothing.</summary>
    public string? Warning { get; init; }
}
