using System.Runtime.CompilerServices;
using MLTransfer.FineTuning.Runtime;

namespace MLTransfer.Pipelines.Tests;

/// <summary>One thread for each training in Torch: test classes already run side by side, and threads of one computation would wait for one another. LightGBM keeps its threads.</summary>
internal static class ThreadsOfTheTests
{
    // CA2255 warns of initializers in libraries that others load; nothing loads a test assembly, and the variable must be set before Torch is.
#pragma warning disable CA2255
    [ModuleInitializer]
    internal static void Set() => NativeEnvironment.SetUnlessSet("MKL_NUM_THREADS", "1");
#pragma warning restore CA2255
}
