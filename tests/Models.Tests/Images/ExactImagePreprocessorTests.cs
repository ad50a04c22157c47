using System.Text.Json;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;

namespace MLTransfer.Models.Tests.Images;

public sealed class ExactImagePreprocessorTests
{
    private const int Crop = 224;
    private static readonly double[] Mean = [0.485, 0.456, 0.406];
    private static readonly double[] Std = [0.229, 0.224, 0.225];

    [Theory]
    [InlineData("one-pixel.png", Interpolation.Bilinear)]
    [InlineData("one-pixel.png", Interpolation.Bicubic)]
    [InlineData("wide-3000x20.png", Interpolation.Bilinear)]
    [InlineData("wide-3000x20.png", Interpolation.Bicubic)]
    [InlineData("odd-257x255.png", Interpolation.Bilinear)]
    [InlineData("odd-257x255.png", Interpolation.Bicubic)]
    [InlineData("rgba.png", Interpolation.Bilinear)]
    [InlineData("palette.gif", Interpolation.Bilinear)]
    [InlineData("lossless.webp", Interpolation.Bilinear)]
    public void ResizeAndCrop_LosslessImage_EqualsTorchvision(string image, Interpolation interpolation)
    {
        string golden = $"{image.Replace('.', '-')}-{interpolation.ToString().ToLowerInvariant()}.png";
        byte[] expected = GoldenImages.ReadRgb(Path.Combine(GoldenImages.Small, golden));

        byte[] actual = Pixels(Path.Combine(GoldenImages.Small, image), interpolation, applyOrientation: false);

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Preprocess_SidewaysPhoto_IsTurnedUpright()
    {
        float[] tensor = Tensor(Path.Combine(GoldenImages.Small, "exif-6.jpg"), Interpolation.Bilinear, applyOrientation: true);

        // PIL: ImageOps.exif_transpose, then the same transform.
        AssertStatistics(tensor, [0.196528, 0.243677, -0.032761], [1.266563, 1.269014, 0.816055], 0.01);
    }

    [Fact]
    public void Preprocess_NhwcAndBgr_ArePermutationsOfNchwAndRgb()
    {
        byte[] encoded = File.ReadAllBytes(Path.Combine(GoldenImages.Small, "odd-257x255.png"));
        float[] rgb = new float[3 * Crop * Crop], bgr = new float[rgb.Length];
        new ExactImagePreprocessor(new ImagePreprocessing { Mean = [1, 2, 3], Std = [4, 5, 6] }).Preprocess(encoded, "image", rgb);
        new ExactImagePreprocessor(new ImagePreprocessing
        {
            Mean = [3, 2, 1],
            Std = [6, 5, 4],
            Layout = TensorLayout.Nhwc,
            ChannelOrder = ChannelOrder.Bgr,
        }).Preprocess(encoded, "image", bgr);

        float[] back = new float[rgb.Length];
        for (int i = 0; i < rgb.Length; i++)
        {
            int channel = i / (Crop * Crop), pixel = i % (Crop * Crop);
            back[i] = bgr[(pixel * 3) + 2 - channel];
        }

        Assert.Equal(rgb, back);
    }

    public static TheoryData<string> Records()
    {
        var data = new TheoryData<string>();
        if (GoldenImages.Full is { } folder)
        {
            using var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "golden.json")));
            foreach (JsonElement record in golden.RootElement.GetProperty("records").EnumerateArray())
            {
                data.Add(record.GetRawText());
            }
        }
        else
        {
            data.Add("");
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Records), DisableDiscoveryEnumeration = true)]
    public void Preprocess_GoldenImage_EqualsTorchvision(string record)
    {
        string folder = GoldenImages.Full ?? SkipWithoutGoldens();
        using var json = JsonDocument.Parse(record);
        JsonElement golden = json.RootElement;
        string image = golden.GetProperty("image").GetString()!;
        string path = Path.Combine(folder, image);
        Interpolation interpolation = Enum.Parse<Interpolation>(golden.GetProperty("interpolation").GetString()!, ignoreCase: true);
        bool oriented = golden.GetProperty("exif_orientation_applied").GetBoolean();
        bool lossy = Path.GetExtension(path) is ".jpg" or ".webp";
        byte[] expected = GoldenImages.ReadRgb(Path.Combine(folder, golden.GetProperty("pixels").GetString()!));

        byte[] actual = Pixels(path, interpolation, oriented);

        if (Path.GetFileName(path) == "gray16.png")
        {
            // PIL clips 16-bit levels to 255: a white image. Ours keeps the picture (levels / 257).
            Assert.NotEqual(expected, actual);
            return;
        }

        int[] differences = [.. actual.Zip(expected, (a, b) => Math.Abs(a - b))];
        Assert.True(lossy ? differences.Average() < 1 : differences.Max() == 0, $"{record}: mean {differences.Average()}, maximum {differences.Max()}");
        double tolerance = lossy ? 0.02 : 1e-4;
        AssertStatistics(Tensor(path, interpolation, oriented), Doubles(golden, "mean"), Doubles(golden, "std"), tolerance);
    }

    [Fact]
    public void Preprocess_CropLargerThanResize_SaysWhatToChange()
    {
        var exception = Assert.Throws<UserException>(() => new ExactImagePreprocessor(new ImagePreprocessing { Width = 300, Height = 300 }));

        Assert.Contains("at least 300", exception.Message, StringComparison.Ordinal);
    }

    private static string SkipWithoutGoldens()
    {
        Assert.Skip("The full set of reference images is not beside the repository.");
        return "";
    }

    private static byte[] Pixels(string path, Interpolation interpolation, bool applyOrientation)
    {
        var preprocessor = new ExactImagePreprocessor(new ImagePreprocessing { Interpolation = interpolation }, applyOrientation);
        using DecodedImage image = ImageDecoder.Decode(File.ReadAllBytes(path), path, applyOrientation);
        byte[] rgba = new byte[4 * Crop * Crop];
        preprocessor.ResizeAndCrop(image, rgba);
        return [.. rgba.Where((_, index) => index % 4 != 3)];
    }

    private static float[] Tensor(string path, Interpolation interpolation, bool applyOrientation)
    {
        float[] tensor = new float[3 * Crop * Crop];
        new ExactImagePreprocessor(
            new ImagePreprocessing
            {
                Interpolation = interpolation,
                Mean = [.. Mean.Select(value => (float)(value * 255))],
                Std = [.. Std.Select(value => (float)(value * 255))],
            },
            applyOrientation).Preprocess(File.ReadAllBytes(path), path, tensor);
        return tensor;
    }

    private static void AssertStatistics(float[] tensor, double[] mean, double[] std, double tolerance)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            double[] values = [.. tensor.Skip(channel * Crop * Crop).Take(Crop * Crop).Select(value => (double)value)];
            double average = values.Average();
            Assert.Equal(mean[channel], average, tolerance);
            Assert.Equal(std[channel], Math.Sqrt(values.Average(value => (value - average) * (value - average))), tolerance);
        }
    }

    private static double[] Doubles(JsonElement record, string name) => [.. record.GetProperty(name).EnumerateArray().Select(value => value.GetDouble())];
}
