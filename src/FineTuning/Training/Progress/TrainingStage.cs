namespace MLTransfer.FineTuning.Training.Progress;

/// <summary>What a training does.</summary>
public enum TrainingStage
{
    /// <summary>The frozen part of the backbone runs, once.</summary>
    Prefix,

    /// <summary>Weights are trained.</summary>
    Training,
}
