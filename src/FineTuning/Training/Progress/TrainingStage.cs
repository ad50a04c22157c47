namespace MLTransfer.FineTuning.Training.Progress;

/// <summary>What a training does.</summary>
public enum TrainingStage
{
    /// <summary>The frozen part of the backbone runs, once.</summary>
    Prefix,

    /// <summary>Features are computed for the head to begin with.</summary>
    Head,

    /// <summary>Weights are trained.</summary>
    Training,

    /// <summary>Learning rates are tried.</summary>
    RangeTest,

    /// <summary>The head is fitted to begin with; what is done are fits, one for each fold and penalty.</summary>
    HeadFit,
}
