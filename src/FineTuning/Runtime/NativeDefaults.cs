using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace MLTransfer.FineTuning.Runtime;

/// <summary>What the native library must be told before it is loaded, and right after.</summary>
internal static partial class NativeDefaults
{
    /// <summary>
    /// Limits oneDNN to SSE 4.1 where the processor does not say how large its caches are, as in some virtual machines.
    /// With AVX and later its convolutions were seen there to be wrong, and to write outside their buffers. See docs/decisions/convolutions.md.
    /// </summary>
    public static void BeforeLoading()
    {
        // Threads of GNU's OpenMP spin for milliseconds while they wait, at the cost of whoever shares the processor: with two cores and other
        // load a step took four times as long. They spin for some microseconds here, and sleep then.
        if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
        {
            NativeEnvironment.SetUnlessSet("GOMP_SPINCOUNT", "10000");
        }

        if (X86Base.IsSupported && !DescribesCaches())
        {
            NativeEnvironment.SetUnlessSet("ONEDNN_MAX_CPU_ISA", "SSE41");
            IsOneDnnSlow = OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable("ONEDNN_MAX_CPU_ISA") == "SSE41";
        }
    }

    /// <summary>Whether oneDNN is held to an old instruction set, so that Torch's own convolutions are faster where they are not grouped.</summary>
    public static bool IsOneDnnSlow { get; private set; }

    /// <summary>Turns off a warning about an optional accelerator that the library repeats for each convolution, and makes sure that convolutions are right.</summary>
    /// <exception cref="NotSupportedException">They are wrong and cannot be mended.</exception>
    public static void AfterLoading()
    {
        const int Errors = 2;
        if (OperatingSystem.IsLinux()
            && NativeLibrary.TryLoad("libc10.so", typeof(torch).Assembly, null, out IntPtr library)
            && NativeLibrary.TryGetExport(library, "FLAGS_caffe2_log_level", out IntPtr level))
        {
            Marshal.WriteInt32(level, Errors);
        }

        if (ConvolutionCheck.FindFault() is not { } fault)
        {
            return;
        }

        // Off for good: nothing turns it on again.
        IsOneDnnSlow = false;
        if (!TrySetOneDnn(false) || ConvolutionCheck.FindFault() is not null)
        {
            throw new NotSupportedException(
                $"Its convolutions are wrong on this processor: {fault}. " +
                "Start the process with the environment variable ONEDNN_MAX_CPU_ISA=SSE41, or use another machine.");
        }
    }

    /// <summary>Whether the processor says how large its caches are (leaf 4, or 0x8000001D on AMD).</summary>
    internal static bool DescribesCaches() =>
        HasCache(4) || ((uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax >= 0x8000001D && HasCache(unchecked((int)0x8000001D)));

    private static bool HasCache(int leaf) => (X86Base.CpuId(leaf, 0).Eax & 0x1F) != 0;

    /// <summary>Lets Torch use oneDNN's convolutions or its own, in the whole process. False where the library does not show the switch.</summary>
    public static bool TrySetOneDnn(bool enabled)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        try
        {
            SetUserEnabledMkldnn(GlobalContext(), enabled ? (byte)1 : (byte)0);
            return true;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    // at::globalContext() and at::Context::setUserEnabledMkldnn(bool), by the names that GCC and Clang give them: TorchSharp does not hand the switch on.
    [LibraryImport("libtorch_cpu.so", EntryPoint = "_ZN2at13globalContextEv")]
    private static partial IntPtr GlobalContext();

    [LibraryImport("libtorch_cpu.so", EntryPoint = "_ZN2at7Context20setUserEnabledMkldnnEb")]
    private static partial void SetUserEnabledMkldnn(IntPtr context, byte enabled);
}
