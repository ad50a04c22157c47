using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MLTransfer.FineTuning.Runtime;

/// <summary>What the native library must be told before it is loaded, and right after.</summary>
internal static class NativeDefaults
{
    /// <summary>
    /// Limits the convolutions of oneDNN to AVX2 where the processor does not describe its caches, as in some virtual machines.
    /// With AVX-512 oneDNN 3.7 was seen there to compute wrong results, and to crash, for channel counts that are no multiple of 16.
    /// </summary>
    public static void BeforeLoading()
    {
        if (X86Base.IsSupported && !DescribesCaches())
        {
            NativeEnvironment.SetUnlessSet("ONEDNN_MAX_CPU_ISA", "AVX2");
        }
    }

    /// <summary>Turns off a warning about an optional accelerator that the library repeats for each convolution.</summary>
    public static void AfterLoading()
    {
        const int Errors = 2;
        if (OperatingSystem.IsLinux()
            && NativeLibrary.TryLoad("libc10.so", typeof(TorchSharp.torch).Assembly, null, out IntPtr library)
            && NativeLibrary.TryGetExport(library, "FLAGS_caffe2_log_level", out IntPtr level))
        {
            Marshal.WriteInt32(level, Errors);
        }
    }

    /// <summary>Whether the processor says how large its caches are (leaf 4, or 0x8000001D on AMD).</summary>
    private static bool DescribesCaches() =>
        HasCache(4) || ((uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax >= 0x8000001D && HasCache(unchecked((int)0x8000001D)));

    private static bool HasCache(int leaf) => (X86Base.CpuId(leaf, 0).Eax & 0x1F) != 0;
}
