using TorchSharp;

namespace MLTransfer.FineTuning.Runtime;

/// <summary>Holds Torch to one thread for as long as it lives, for thousands of products that are too small to be worth dividing.</summary>
/// <remarks>
/// Threads meet at the end of each product. Where others share the processor, each meeting waits for a thread that is not running: the fit of a head on twelve rows took a
/// hundred times as long with two threads as with one.
/// </remarks>
internal sealed class OneThread : IDisposable
{
    private static readonly Lock Gate = new();
    private static int _held;
    private static int _before;

    private OneThread()
    {
        lock (Gate)
        {
            _before = _held++ == 0 ? torch.get_num_threads() : _before;
            torch.set_num_threads(1);
        }
    }

    /// <summary>One thread for products that are small; null: the others stay as they are.</summary>
    /// <param name="multiplications">How many multiplications a product takes.</param>
    public static OneThread? For(long multiplications)
    {
        const long Small = 1 << 22; // a fraction of a millisecond
        return multiplications <= Small ? new OneThread() : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (Gate)
        {
            if (--_held == 0)
            {
                torch.set_num_threads(_before);
            }
        }
    }
}
