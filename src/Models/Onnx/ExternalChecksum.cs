using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace MLTransfer.Models.Onnx;

/// <summary>Compares a file of external data with the SHA-1 that the model gives for it.</summary>
/// <remarks>The specification calls for SHA-1 of the whole file. It finds damage; it is no protection against an attacker.</remarks>
internal static class ExternalChecksum
{
    /// <summary>A file is hashed once, not once a tensor.</summary>
    private static readonly ConcurrentDictionary<(string Path, long Length, DateTime Written), string> Known = new();

    /// <summary>Throws if the file does not have the checksum.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">SHA-1 in hexadecimal; null or empty: nothing to compare with.</param>
    /// <exception cref="OnnxModelException">The file has another checksum.</exception>
    public static void Verify(string path, string? expected)
    {
        if (string.IsNullOrEmpty(expected))
        {
            return;
        }

        FileInfo file = new(path);
        string actual = Known.GetOrAdd((file.FullName, file.Length, file.LastWriteTimeUtc), static key => Hash(key.Path));
        if (!actual.Equals(expected, StringComparison.OrdinalIgnoreCase))
        {
            throw new OnnxModelException($"{path} has the SHA-1 {actual}, but the model expects {expected}. The file is damaged or not the model's own; copy it again.");
        }
    }

    private static string Hash(string path)
    {
        using FileStream stream = File.OpenRead(path);
#pragma warning disable CA5350 // The specification's choice.
        return Convert.ToHexStringLower(SHA1.HashData(stream));
#pragma warning restore CA5350
    }
}
