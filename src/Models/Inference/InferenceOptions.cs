using System.ComponentModel.DataAnnotations;

namespace MLTransfer.Models.Inference;

/// <summary>How ONNX Runtime runs a graph.</summary>
public sealed record InferenceOptions
{
    /// <summary>Where it computes. The default value is <see cref="ExecutionProvider.Cpu"/>.</summary>
    public ExecutionProvider Provider { get; init; } = ExecutionProvider.Cpu;

    /// <summary>Whether the processor takes over where the provider is not available. The default value is false: that is an error.</summary>
    public bool AllowFallback { get; init; }

    /// <summary>The number of the GPU. The default value is 0.</summary>
    [Range(0, 255)]
    public int DeviceId { get; init; }

    /// <summary>Threads inside one operator. The default value is 0: one a processor core.</summary>
    [Range(0, 1024)]
    public int IntraOpThreads { get; init; }

    /// <summary>How far the graph is rewritten before it runs. The default value is <see cref="GraphOptimization.All"/>.</summary>
    public GraphOptimization GraphOptimization { get; init; } = GraphOptimization.All;
}
