namespace MLTransfer.Pipelines.Heads;

/// <summary>What is done to feature vectors before the trainer sees them. All are transforms of ML.NET and saved with the model.</summary>
internal enum FeatureNormalization
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Each feature is shifted and scaled to mean 0 and variance 1 over the training rows.</summary>
    MeanVariance,

    /// <summary>Each row is scaled to length 1.</summary>
    UnitLength,
}
