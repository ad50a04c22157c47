using System.Runtime.InteropServices;

namespace MLTransfer.FineTuning.Runtime;

/// <summary>Keeps glibc from giving large buffers back to the system after each training step.</summary>
/// <remarks>
/// A training step allocates and frees the same large buffers over and over. By default glibc maps each with a system call and
/// unmaps it when it is freed, so that every step touches fresh, zeroed pages. With the thresholds raised the pages stay in the process.
/// The same can be set from outside by MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_ and MALLOC_TOP_PAD_; where one of these is set, nothing is changed.
/// See mallopt(3).
/// </remarks>
internal static partial class GlibcAllocator
{
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;
    private static readonly string[] Settings = ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "GLIBC_TUNABLES"];

    /// <summary>Raises the thresholds. Returns false where the C library is not glibc or the user has set them.</summary>
    public static bool KeepLargeBuffers()
    {
        if (!OperatingSystem.IsLinux() || Settings.Any(name => Environment.GetEnvironmentVariable(name) is not null))
        {
            return false;
        }

        try
        {
            // All three, or none: M_MMAP_THRESHOLD alone makes the heap grow and shrink instead.
            return SetOption(MmapThreshold, 1 << 30) == 1 && SetOption(TrimThreshold, int.MaxValue) == 1 && SetOption(TopPad, 64 << 20) == 1;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false; // musl has no mallopt
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int parameter, int value);
}
