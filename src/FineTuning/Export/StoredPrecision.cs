namespace MLTransfer.FineTuning.Export;

/// <summary>How trained weights are stored.</summary>
public enum StoredPrecision
{
    /// <summary>In the type that the file has: a weight that was float16 is float16 again.</summary>
    Keep,

    /// <summary>Half-precision weights become float32, and the nodes that read them follow where they only cast.</summary>
    Widen,
}
