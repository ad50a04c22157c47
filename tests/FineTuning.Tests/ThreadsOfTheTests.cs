using System.Runtime.CompilerServices;
using MLTransfer.FineTuning.Runtime;

namespace MLTransfer.FineTuning.Tests;

/// <summary>One thread for each computation: test classes already run side by side, and sums come out the same on every machine.</summary>
/// <remarks>
/// The order of a sum matters to the reference trajectories that meet an edge: six steps of a ResNet-50 in BatchNorm training, on a handful of
/// images, end 2e-3 apart between one thread and two, at equal errors of the forward pass (4e-6) and of the gradients (5e-6).
/// </remarks>
internal static class ThreadsOfTheTests
{
    // CA2255 warns of initializers in libraries that others load; nothing loads a test assembly, and the variables must be set before Torch is.
#pragma warning disable CA2255
    [ModuleInitializer]
    internal static void Set()
    {
        NativeEnvironment.SetUnlessSet("OMP_NUM_THREADS", "1");
        NativeEnvironment.SetUnlessSet("OMP_WAIT_POLICY", "PASSIVE");
    }
#pragma warning restore CA2255
}
