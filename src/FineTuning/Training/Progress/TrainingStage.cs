namespace MLTransfer.FineTuning.Training.Progress;

/// <summary>What a training does.</summary>
public enum TrainingStage
{
    /// <summary>The frozen part of the backbone runs, once.</summary>
    Prefix,

    /// <summary>Features are computed, and the head is fitted to begin with.</summary>
    Head,

    /// <summary>Weights are trained.</summary>
    Training,

    /// <summary>Learning rates are tried.</summary>
    RangeTest,
}
