using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLTransfer.Models.Images;
using SkiaSharp;

namespace MLTransfer.Pipelines.Tests.Images;

/// <summary>The peer is ML.NET's own chain: LoadImages → ResizeImages → ExtractPixels.</summary>
public sealed class StockImagePreprocessorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("stock-images-").FullName;

    public static TheoryData<StockResizing, int, int> Sizes() => new()
    {
        { StockResizing.IsoCrop, 256, 256 },
        { StockResizing.IsoCrop, 512, 512 },
        { StockResizing.IsoCrop, 100, 60 },
        { StockResizing.IsoPad, 256, 256 },
        { StockResizing.IsoPad, 60, 100 },
        { StockResizing.Fill, 224, 224 },
        { StockResizing.Fill, 33, 512 },
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Preprocess_ImagesOfEveryKind_EqualsMLNetBitForBit(StockResizing resizing, int width, int height)
    {
        string[] paths = [.. GoldenImages(), .. DrawnImages()];
        byte[][] expected = MLNetPixels(paths, resizing, width, height);
        var preprocessor = new StockImagePreprocessor(new StockImageChain { ResizeWidth = width, ResizeHeight = height, Resizing = resizing });

        byte[][] actual = new byte[paths.Length][];
        Parallel.For(0, paths.Length, i =>
        {
            actual[i] = new byte[preprocessor.Length];
            preprocessor.Preprocess(File.ReadAllBytes(paths[i]), paths[i], actual[i]);
        });

        for (int i = 0; i < paths.Length; i++)
        {
            Assert.True(expected[i].AsSpan().SequenceEqual(actual[i]), $"{paths[i]} differs.");
        }
    }

    [Theory]
    [InlineData(StockResizing.IsoCrop)]
    [InlineData(StockResizing.Fill)]
    public void Preprocess_ImageInMemory_EqualsMLNetBitForBit(StockResizing resizing)
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Images", "Goldens", "rgba.png");
        using MLImage image = MLImage.CreateFromFile(path);
        byte[] expected = MLNetPixels([path], resizing, 256, 256)[0];
        var preprocessor = new StockImagePreprocessor(new StockImageChain { ResizeWidth = 256, ResizeHeight = 256, Resizing = resizing });

        byte[] actual = new byte[preprocessor.Length];
        preprocessor.Preprocess(image.Pixels, image.Width, image.Height, image.PixelFormat == MLPixelFormat.Bgra32, actual);

        Assert.Equal(expected, actual);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static byte[][] MLNetPixels(string[] paths, StockResizing resizing, int width, int height)
    {
        var ml = new MLContext();
        IDataView data = ml.Data.LoadFromEnumerable(paths.Select(path => new Row { Path = path }));
        return [.. ml.Transforms.LoadImages("Image", "", nameof(Row.Path))
            .Append(ml.Transforms.ResizeImages("Resized", width, height, "Image", (ImageResizingEstimator.ResizingKind)resizing))
            .Append(ml.Transforms.ExtractPixels("Pixels", "Resized", outputAsFloatArray: false))
            .Fit(data).Transform(data).GetColumn<byte[]>("Pixels")];
    }

    private static IEnumerable<string> GoldenImages()
    {
        IEnumerable<string> small = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Images", "Goldens"));
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "MLTransfer.sln")))
        {
            root = root.Parent;
        }

        // The full set has CMYK, 16 bits, gray with alpha, every EXIF orientation.
        string full = Path.Combine(root?.FullName ?? ".", "..", "shared", "goldens", "preprocessing", "images");
        return (Directory.Exists(full) ? small.Concat(Directory.GetFiles(full)) : small)
            .Where(path => Path.GetExtension(path) is ".png" or ".jpg" or ".gif" or ".webp");
    }

    // Sizes at which ML.NET's cut-off arithmetic matters: smaller, equal, odd, far larger than the target; opaque, transparent, gray.
    private IEnumerable<string> DrawnImages()
    {
        var random = new Random(7);
        foreach ((int width, int height) in new[] { (32, 32), (7, 5), (256, 256), (255, 257), (333, 500), (1200, 799), (1, 90) })
        {
            foreach ((SKColorType color, SKAlphaType alpha, SKEncodedImageFormat format, int quality) in new[]
            {
                (SKColorType.Rgba8888, SKAlphaType.Unpremul, SKEncodedImageFormat.Png, 100),
                (SKColorType.Rgba8888, SKAlphaType.Unpremul, SKEncodedImageFormat.Webp, 80),
                (SKColorType.Gray8, SKAlphaType.Opaque, SKEncodedImageFormat.Jpeg, 90),
                (SKColorType.Rgba8888, SKAlphaType.Opaque, SKEncodedImageFormat.Jpeg, 75),
            })
            {
                var info = new SKImageInfo(width, height, color, alpha);
                byte[] pixels = new byte[info.BytesSize];
                random.NextBytes(pixels);
                using SKImage image = SKImage.FromPixelCopy(info, pixels, info.RowBytes);
                using SKData data = image.Encode(format, quality);
                string path = Path.Combine(_folder, $"{width}x{height}-{color}-{alpha}.{format}");
                File.WriteAllBytes(path, data.ToArray());
                yield return path;
            }
        }
    }

    private sealed class Row
    {
        public string Path { get; set; } = "";
    }
}
