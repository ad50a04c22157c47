using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;

namespace MLTransfer.FineTuning.Runtime;

/// <summary>Tells whether TorchSharp's native library can run on this machine, and what to do where it cannot.</summary>
/// <remarks>
/// On Linux the library needs the C++ runtime of GCC 13 or newer. Where that is older the loader's own message names
/// another file, so the version is looked up before the library is loaded.
/// </remarks>
public static class TorchRuntime
{
    /// <summary>The newest symbol version of libstdc++ that TorchSharp's library asks for.</summary>
    internal const string NeededSymbolVersion = "GLIBCXX_3.4.32";

    private static readonly Lazy<string?> Reason = new(FindReason);

    /// <summary>Whether training in TorchSharp is possible on this machine.</summary>
    public static bool IsAvailable => Reason.Value is null;

    /// <summary>TorchSharp's assembly, for whoever names its version.</summary>
    internal static Assembly Assembly => typeof(torch).Assembly;

    /// <summary>Loads TorchSharp's native library, and sets the allocator for training the first time.</summary>
    /// <exception cref="DllNotFoundException">The library cannot be loaded; the message says why and how to mend it.</exception>
    public static void EnsureAvailable()
    {
        if (Reason.Value is { } reason)
        {
            throw new DllNotFoundException(reason);
        }
    }

    /// <summary>The reason why the C++ runtime in a file is not enough; null where it is.</summary>
    /// <param name="library">Path of a <c>libstdc++.so.6</c>.</param>
    internal static string? FindReasonInCppRuntime(string library) =>
        Contains(library, System.Text.Encoding.ASCII.GetBytes(NeededSymbolVersion + "\0"))
            ? null
            : $"TorchSharp cannot be loaded: the C++ runtime '{library}' has no {NeededSymbolVersion}, which needs GCC 13 or newer. " +
              "Debian 13, Ubuntu 24.04, Fedora 38 and RHEL 10 have it. On Debian 12 run eng/mend-cpp-runtime.sh as root " +
              "(it installs libstdc++6, libc6, libgcc-s1 and gcc-14-base of Debian 13); on other systems install libstdc++ of GCC 13 or newer. " +
              "Everything but fine-tuning works without it.";

    private static string? FindReason()
    {
        if (OperatingSystem.IsLinux() && FindCppRuntime() is { } library && FindReasonInCppRuntime(library) is { } tooOld)
        {
            return tooOld;
        }

        try
        {
            NativeDefaults.BeforeLoading();

            // The first call into the library loads it.
            using torch.Tensor probe = torch.zeros(1);
            NativeDefaults.AfterLoading();
            GlibcAllocator.KeepLargeBuffers();
            return null;
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or NotSupportedException or BadImageFormatException or EntryPointNotFoundException)
        {
            return $"TorchSharp's native library cannot be loaded on {RuntimeInformation.OSDescription} ({RuntimeInformation.ProcessArchitecture}): " +
                   $"{(exception.InnerException ?? exception).Message} Reference the package TorchSharp-cpu (or TorchSharp-cuda-linux, TorchSharp-cuda-windows) in the application's project. " +
                   "Everything but fine-tuning works without it.";
        }
    }

    /// <summary>The C++ runtime that this process has loaded: .NET's own libraries need one as well.</summary>
    private static string? FindCppRuntime()
    {
        try
        {
            return File.ReadLines("/proc/self/maps")
                .Where(line => line.Contains("libstdc++.so.6", StringComparison.Ordinal))
                .Select(line => line[line.IndexOf('/', StringComparison.Ordinal)..])
                .FirstOrDefault(File.Exists);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static bool Contains(string path, ReadOnlySpan<byte> text) => File.ReadAllBytes(path).AsSpan().IndexOf(text) >= 0;
}
