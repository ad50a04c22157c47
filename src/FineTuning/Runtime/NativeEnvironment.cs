using System.Runtime.InteropServices;

namespace MLTransfer.FineTuning.Runtime;

/// <summary>Environment variables as native libraries read them: on Unix .NET keeps changes to itself.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable of this process, unless the user has set it.</summary>
    public static void SetUnlessSet(string name, string value)
    {
        if (Environment.GetEnvironmentVariable(name) is not null)
        {
            return;
        }

        Environment.SetEnvironmentVariable(name, value);
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            _ = SetVariable(name, value, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
