using MLTransfer.Pipelines.Data.Formats;
using SkiaSharp;

namespace MLTransfer.Pipelines.Data;

/// <summary>Looks at the beginning of an image file: that it is there, not empty, and of a format that can be decoded.</summary>
/// <remarks>The pixels are not decoded here; a file that is cut short behind its header is found when features are extracted.</remarks>
internal static class ImageHeader
{
    /// <summary>What is wrong with the file, or null.</summary>
    public static RowProblem? Problem(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            if (file.Length == 0)
                return new RowProblem(RowProblemKind.BrokenImage, "the file is empty (0 bytes)");
            using SKCodec? codec = SKCodec.Create(file, out SKCodecResult result);
            return codec is null
                ? new RowProblem(RowProblemKind.BrokenImage, $"the file is not an image that can be decoded ({result}); formats: {string.Join(" ", ImageFolder.Extensions.Order(StringComparer.Ordinal))}")
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new RowProblem(RowProblemKind.MissingImage, error.Message);
        }
    }
}
