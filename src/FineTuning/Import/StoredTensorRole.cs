namespace MLTransfer.FineTuning.Import;

/// <summary>What an initializer is for.</summary>
public enum StoredTensorRole
{
    /// <summary>A weight: it trains, unless it is frozen.</summary>
    Weight,

    /// <summary>The running mean or variance of a BatchNormalization.</summary>
    Statistics,

    /// <summary>A number of the formula: an epsilon, a scale, a mask, a bound. It stays as it is.</summary>
    Constant,
}
