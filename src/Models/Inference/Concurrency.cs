namespace MLTransfer.Models.Inference;

/// <summary>How the processor's cores are shared out: calls to ONNX Runtime at the same time, and threads inside each.</summary>
/// <remarks>
/// On a processor, calls side by side waste less than threads inside one operator, and decoding or tokenizing one batch fills the gaps of another. The number
/// of calls is bounded, because each holds its own activations.
/// </remarks>
/// <param name="Workers">Batches that are prepared and computed at the same time.</param>
/// <param name="IntraOpThreads">Most threads inside one operator: the caller's and those of the session's pool, which all calls share.</param>
internal readonly record struct Concurrency(int Workers, int IntraOpThreads)
{
    private const int MostWorkers = 8;

    /// <summary>Shares out the cores of this machine.</summary>
    public static Concurrency Of(InferenceOptions options) => Of(options, Environment.ProcessorCount);

    /// <summary>Shares out the given number of cores.</summary>
    public static Concurrency Of(InferenceOptions options, int cores)
    {
        // Each call brings its own thread and takes what is free of the pool: workers + (threads - 1) run at most.
        int workers = options.IntraOpThreads == 0 ? cores : cores - options.IntraOpThreads + 1;
        workers = Math.Clamp(workers, 1, options.Provider == ExecutionProvider.DirectMl ? 1 : MostWorkers); // DirectML: one call at a time
        return new Concurrency(workers, options.IntraOpThreads == 0 ? Math.Max(1, cores - workers + 1) : options.IntraOpThreads);
    }

    /// <summary>The options with these threads inside one operator.</summary>
    public InferenceOptions In(InferenceOptions options) => options with { IntraOpThreads = IntraOpThreads };
}
