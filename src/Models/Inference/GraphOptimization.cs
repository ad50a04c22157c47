namespace MLTransfer.Models.Inference;

/// <summary>How far ONNX Runtime rewrites a graph before it runs.</summary>
public enum GraphOptimization
{
    /// <summary>As it stands in the file.</summary>
    None,

    /// <summary>Constants folded, redundant nodes removed.</summary>
    Basic,

    /// <summary>Nodes fused, too.</summary>
    Extended,

    /// <summary>Memory layouts changed, too.</summary>
    All,
}
