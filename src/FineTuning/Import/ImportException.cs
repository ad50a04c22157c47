using MLTransfer.Models.Errors;

namespace MLTransfer.FineTuning.Import;

/// <summary>A graph cannot be imported or run; the message names the node, what was expected, and what to do next.</summary>
public sealed class ImportException : UserException
{
    /// <summary>Creates the exception without a message.</summary>
    public ImportException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What is wrong, where, what was expected, and what to do next.</param>
    public ImportException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What is wrong, where, what was expected, and what to do next.</param>
    /// <param name="innerException">The cause.</param>
    public ImportException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
