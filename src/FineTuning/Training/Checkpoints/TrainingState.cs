using MLTransfer.FineTuning.Training.Progress;

namespace MLTransfer.FineTuning.Training.Checkpoints;

/// <summary>Where a training is, beside its tensors. Random numbers are not part of it: they follow from the seed and the place.</summary>
internal sealed record TrainingState
{
    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; init; }

    /// <summary>Batches of the epoch that are done.</summary>
    public int Batch { get; init; }

    /// <summary>Steps of the whole training that are done.</summary>
    public long Step { get; init; }

    /// <summary>Steps of each parameter.</summary>
    public long[] ParameterSteps { get; init; } = [];

    /// <summary>The smoothed loss.</summary>
    public double SmoothedLoss { get; init; }

    /// <summary>The smoothed loss of the first steps.</summary>
    public double FirstLoss { get; init; }

    /// <summary>The sum of the losses of the epoch's steps.</summary>
    public double EpochLoss { get; init; }

    /// <summary>The steps of the epoch.</summary>
    public int EpochSteps { get; init; }

    /// <summary>The epoch with the best validation metric, from 0; -1: none yet.</summary>
    public int BestEpoch { get; init; } = -1;

    /// <summary>The best validation metric, higher being better.</summary>
    public double BestScore { get; init; }

    /// <summary>How often the metric has come to a plateau.</summary>
    public int Plateaus { get; init; }

    /// <summary>Epochs since the metric improved, or the rate fell.</summary>
    public int EpochsOnPlateau { get; init; }

    /// <summary>Epochs in the average of epochs.</summary>
    public int AveragedEpochs { get; init; }

    /// <summary>What was measured after each epoch.</summary>
    public IReadOnlyList<EpochMeasure> Measures { get; init; } = [];
}
