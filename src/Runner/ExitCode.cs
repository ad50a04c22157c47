namespace MLTransfer.Runner;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>All is done.</summary>
    public const int Success = 0;

    /// <summary>A mistake of the user: command line, pipeline file, data, backbone.</summary>
    public const int UserMistake = 2;

    /// <summary>A failure of the machine, or of MLTransfer: disk, memory, native library.</summary>
    public const int MachineFailure = 3;

    /// <summary>Ctrl-C: 128 + SIGINT, as shells have it.</summary>
    public const int Cancelled = 130;
}
