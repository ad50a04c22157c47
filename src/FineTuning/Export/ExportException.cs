namespace MLTransfer.FineTuning.Export;

/// <summary>The written model does not compute what the trained module computes; nothing was handed out.</summary>
public sealed class ExportException : InvalidOperationException
{
    /// <summary>Creates the exception without a message.</summary>
    public ExportException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">Which output differs, by how much, and what to do.</param>
    public ExportException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">Which output differs, by how much, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public ExportException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
