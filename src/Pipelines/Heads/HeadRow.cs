namespace MLTransfer.Pipelines.Heads;

/// <summary>A training row in memory.</summary>
internal sealed class HeadRow
{
    /// <summary>The class, from 0; ML.NET counts the keys that it makes of it from 1.</summary>
    public uint Label { get; set; }

    /// <summary>Whether the class is the second of two.</summary>
    public bool IsPositive { get; set; }

    /// <summary>The features, <c>[dimension]</c>.</summary>
    public float[] Features { get; set; } = [];
}
