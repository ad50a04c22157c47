using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Images;

/// <summary>An image could not be decoded: the message names the file or row, the cause, and what to do.</summary>
public sealed class ImageDecodeException : UserException
{
    /// <summary>Creates the exception without a message.</summary>
    public ImageDecodeException()
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What is wrong, with which image, and what to do.</param>
    public ImageDecodeException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What is wrong, with which image, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public ImageDecodeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
