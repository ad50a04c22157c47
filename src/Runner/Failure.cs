using System.Text.Json.Nodes;
using MLTransfer.Models.Errors;
using MLTransfer.Pipelines.FineTuning;

namespace MLTransfer.Runner;

/// <summary>From an exception to what the user reads and the exit code.</summary>
internal static class Failure
{
    /// <summary>Writes the error, and tells the exit code.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="console">Where it is written: as a line on the error stream, and with <paramref name="isJson"/> as an event on the output.</param>
    /// <param name="isJson">Whether machines are listening.</param>
    public static int Report(Exception error, RunnerConsole console, bool isJson)
    {
        (int code, string message) = Describe(error);
        if (isJson)
            JsonLines.Write(console.Output, new JsonObject { ["event"] = "error", ["exitCode"] = code, ["message"] = message });
        console.Error.WriteLine(code == ExitCode.Cancelled ? message : $"error: {message}");
        if (code == ExitCode.MachineFailure && !IsOfMachine(Cause(error)))
            console.Error.WriteLine(error);
        console.Error.Flush();
        return code;
    }

    /// <summary>The exit code and the message of an exception.</summary>
    public static (int Code, string Message) Describe(Exception error) => Cause(error) switch
    {
        UserException mistake => (ExitCode.UserMistake, mistake.Message),
        TrainingCancelledException stopped => (ExitCode.Cancelled, stopped.Message),
        OperationCanceledException => (ExitCode.Cancelled, "Cancelled. Nothing was left behind but the cached features."),
        OutOfMemoryException => (ExitCode.MachineFailure,
            "The memory does not suffice. Use a smaller batchSize or batchTokens, a smaller backbone, or a machine with more memory."),
        DllNotFoundException missing => (ExitCode.MachineFailure, $"A native library cannot be loaded: {missing.Message}"),
        UnauthorizedAccessException denied => (ExitCode.MachineFailure, $"{denied.Message} Check the permissions."),
        IOException broken => (ExitCode.MachineFailure, $"{broken.Message.TrimEnd('.')}. Check the disk, its space and its permissions."),
        Exception other => (ExitCode.MachineFailure, $"MLTransfer failed in a way that it should not ({other.GetType().Name}): {other.Message} Please report it."),
    };

    // ML.NET wraps what its data loading threads throw; what happened is further in.
    private static Exception Cause(Exception error)
    {
        for (Exception? current = error; current is not null; current = current.InnerException)
        {
            if (current is UserException or OperationCanceledException)
                return current;
        }
        for (Exception? current = error; current is not null; current = current.InnerException)
        {
            if (IsOfMachine(current))
                return current;
        }
        return error;
    }

    private static bool IsOfMachine(Exception error) =>
        error is IOException or UnauthorizedAccessException or OutOfMemoryException or DllNotFoundException;
}
