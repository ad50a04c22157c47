namespace MLTransfer.FineTuning.Training.Sampling;

/// <summary>What random numbers are for.</summary>
internal enum RandomPurpose
{
    /// <summary>The order of rows.</summary>
    Order = 1,

    /// <summary>Dropout, and whatever else Torch draws in a step.</summary>
    Step = 2,

    /// <summary>The first weights of the head and of adapters.</summary>
    Weights = 3,

    /// <summary>Changes of images.</summary>
    Augmentation = 4,

    /// <summary>Mixing of rows.</summary>
    Mixing = 5,

    /// <summary>Which rows are set aside.</summary>
    Split = 6,
}
