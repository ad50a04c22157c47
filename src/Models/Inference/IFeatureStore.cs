namespace MLTransfer.Models.Inference;

/// <summary>Keeps features that were computed before, by the content of their row.</summary>
internal interface IFeatureStore
{
    /// <summary>Copies the features of a row, if they are known.</summary>
    bool TryGet(UInt128 row, Span<float> features);

    /// <summary>Keeps the features of a row.</summary>
    void Add(UInt128 row, ReadOnlySpan<float> features);
}
