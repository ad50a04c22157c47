namespace MLTransfer.FineTuning.Export;

/// <summary>How a trained module is written.</summary>
public sealed record ExportOptions
{
    /// <summary>How weights are stored that the file has in half precision. The default value is <see cref="StoredPrecision.Keep"/>.</summary>
    public StoredPrecision Precision { get; init; }

    /// <summary>What is computed behind the backbone. The default value is <see langword="null"/>: nothing.</summary>
    public ExportHead? Head { get; init; }

    /// <summary>
    /// The largest difference between ONNX Runtime and the module that the check allows, relative to max(1, largest magnitude of the output).
    /// The default value is 0.001. Weights that are rounded to half precision on the way need more.
    /// </summary>
    public double Tolerance
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "The tolerance must be positive.");
    } = 1e-3;
}
