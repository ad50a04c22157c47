using MLTransfer.Models.Errors;

namespace MLTransfer.FineTuning.Import;

/// <summary>A node has an operator, or a form of one, that has no rule here; the message names the node, the reason, and what to do next.</summary>
public sealed class UnsupportedOperatorException : UserException
{
    /// <summary>Creates the exception without a message.</summary>
    public UnsupportedOperatorException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">The node, the reason, and what to do next.</param>
    public UnsupportedOperatorException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">The node, the reason, and what to do next.</param>
    /// <param name="innerException">The cause.</param>
    public UnsupportedOperatorException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
