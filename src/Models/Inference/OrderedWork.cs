namespace MLTransfer.Models.Inference;

/// <summary>Works on several items at once and gives the results in the order of the items.</summary>
internal static class OrderedWork
{
    // Results that wait for an earlier one keep nobody from working.
    private const int AheadPerWorker = 2;

    /// <summary>Starts the work lazily, as results are asked for; at most a few items a worker are in memory.</summary>
    /// <param name="items">The items; read on the caller's thread, because ML.NET's cursors belong to one thread.</param>
    /// <param name="workers">How many items are worked on at the same time.</param>
    /// <param name="work">From an item to its result; called from several threads.</param>
    /// <param name="cancellationToken">Ends the work between two items.</param>
    public static IEnumerable<TResult> Run<TItem, TResult>(
        IEnumerable<TItem> items, int workers, Func<TItem, TResult> work, CancellationToken cancellationToken)
    {
        TaskFactory factory = new(
            cancellationToken,
            TaskCreationOptions.DenyChildAttach,
            TaskContinuationOptions.None,
            new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, workers).ConcurrentScheduler);
        Queue<Task<TResult>> started = [];
        using IEnumerator<TItem> source = items.GetEnumerator();
        try
        {
            bool more = true;
            while (true)
            {
                while (more && started.Count < workers * AheadPerWorker)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    more = source.MoveNext();
                    if (more)
                    {
                        TItem item = source.Current;
                        started.Enqueue(factory.StartNew(() => work(item)));
                    }
                }

                if (started.Count == 0)
                {
                    yield break;
                }

                yield return started.Dequeue().GetAwaiter().GetResult();
            }
        }
        finally
        {
            // A caller may stop in the middle; what was started must not outlive the enumeration.
            foreach (Task<TResult> task in started)
            {
                ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
            }
        }
    }
}
