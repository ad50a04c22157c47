using SkiaSharp;

namespace MLTransfer.Models.Tests.Images;

/// <summary>Where the reference images are.</summary>
internal static class GoldenImages
{
    /// <summary>The folder of the small images that the repository carries.</summary>
    public static string Small { get; } = Path.Combine(AppContext.BaseDirectory, "Images", "Goldens");

    /// <summary>The full set beside the repository; null in a clone without it.</summary>
    public static string? Full { get; } = FindFull();

    /// <summary>Reads an RGB image without going through the code under test: 3 bytes a pixel.</summary>
    public static byte[] ReadRgb(string path)
    {
        // Not multiplied: PIL marks a palette's transparent colour as transparent in the RGB file that it saves, too.
        using SKCodec codec = SKCodec.Create(path);
        using SKBitmap bitmap = SKBitmap.Decode(codec, new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        return [.. bitmap.Bytes.Where((_, index) => index % 4 != 3)];
    }

    private static string? FindFull()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MLTransfer.sln")))
            {
                string full = Path.Combine(folder.FullName, "..", "shared", "goldens", "preprocessing");
                return Directory.Exists(full) ? full : null;
            }
        }

        return null;
    }
}
