using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Onnx;

/// <summary>An ONNX model that cannot be read, or that breaks a rule of the ONNX specification. The message names the file or the node.</summary>
public sealed class OnnxModelException : UserException
{
    /// <summary>Creates the exception without a message of its own.</summary>
    public OnnxModelException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, where, what was expected, what to do next.</param>
    public OnnxModelException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, where, what was expected, what to do next.</param>
    /// <param name="innerException">The cause.</param>
    public OnnxModelException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
