namespace MLTransfer.Models.Errors;

/// <summary>A mistake of the user: the message says what is wrong, where, what was expected, and what to do next. The command line ends with exit code 2.</summary>
public class UserException : Exception
{
    /// <summary>Creates the exception without a message.</summary>
    public UserException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What is wrong, where, what was expected, and what to do next.</param>
    public UserException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What is wrong, where, what was expected, and what to do next.</param>
    /// <param name="innerException">The cause.</param>
    public UserException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
