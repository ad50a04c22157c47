using System.Text;
using MLTransfer.Models.Errors;

namespace MLTransfer.Pipelines.Data.Formats;

/// <summary>Finds an encoding by the name that <c>data.encoding</c> gives.</summary>
internal static class TextEncoding
{
    /// <summary>The encoding; bytes that it does not know become U+FFFD.</summary>
    /// <exception cref="UserException">There is no encoding of that name.</exception>
    public static Encoding Find(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException error)
        {
            throw new UserException($"data.encoding '{name}' is not known. Use an IANA name such as utf-8, utf-16, iso-8859-1 or windows-1252.", error);
        }
    }
}
