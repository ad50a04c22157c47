namespace MLTransfer.Models.Inference;

/// <summary>How the processor's cores are shared out: calls to ONNX Runtime at the same time, and threads inside each.</summary>
/// <remarks>
/// On a processor, calls side by side waste less than threads inside one operator, and decoding or tokenizing one batch fills the gaps of another. The number
/// of calls is bounded, because each holds its own activations.
/// </remarks>
/// <param name="Workers">Batches that are prepared and computed at the same time.</param>
/// <param name="IntraOpThreads">Threads inside one operator.</param>
internal readonly record struct Concurrency(int Workers, int IntraOpThreads)
{
    private const int MostWorkers = 8;

    /// <summary>Shares out the cores of this machine.</summary>
    public static Concurrency Of(InferenceOptions options) => Of(options, Environment.ProcessorCount);

    /// <summary>Shares out the given number of cores.</summary>
    public static Concurrency Of(InferenceOptions options, int cores)
    {
        int workers = options.IntraOpThreads == 0 ? cores : cores / options.IntraOpThreads;
        workers = Math.Clamp(workers, 1, MostWorkers);
        return new Concurrency(workers, options.IntraOpThreads == 0 ? Math.Max(1, cores / workers) : options.IntraOpThreads);
    }

    /// <summary>The options with these threads inside one operator.</summary>
    public InferenceOptions In(InferenceOptions options) => options with { IntraOpThreads = IntraOpThreads };
}
