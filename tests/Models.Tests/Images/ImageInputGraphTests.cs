using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;

namespace MLTransfer.Models.Tests.Images;

public sealed class ImageInputGraphTests
{
    private static readonly float[] Mean = [100, 110, 120];
    private static readonly float[] Std = [50, 60, 70];

    [Theory]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(13)]
    [InlineData(18)]
    public void Build_NoReduction_CropsAndNormalises(int opset)
    {
        var preprocessing = new ImagePreprocessing { Width = 6, Height = 4, ResizeShorterSide = 8, Mean = Mean, Std = Std };
        var chain = new StockImageChain { ResizeWidth = 8, ResizeHeight = 8 };
        byte[] pixels = RandomPixels(chain.PixelCount);

        float[] actual = Run(chain, preprocessing, opset, pixels);

        float[] expected = new float[3 * 4 * 6];
        for (int i = 0; i < expected.Length; i++)
        {
            int channel = i / 24, y = i / 6 % 4, x = i % 6;
            expected[i] = (pixels[(channel * 64) + ((y + 2) * 8) + x + 1] - Mean[channel]) / Std[channel];
        }

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Build_NhwcAndBgr_ArePermuted()
    {
        var rgb = new ImagePreprocessing { Width = 6, Height = 4, ResizeShorterSide = 8, Mean = Mean, Std = Std };
        ImagePreprocessing bgr = rgb with { Layout = TensorLayout.Nhwc, ChannelOrder = ChannelOrder.Bgr, Mean = [.. Mean.Reverse()], Std = [.. Std.Reverse()] };
        var chain = new StockImageChain { ResizeWidth = 16, ResizeHeight = 16 };
        byte[] pixels = RandomPixels(chain.PixelCount);

        float[] planes = Run(chain, rgb, 11, pixels), interleaved = Run(chain, bgr, 11, pixels);

        float[] back = new float[planes.Length];
        for (int i = 0; i < back.Length; i++)
        {
            back[i] = interleaved[(i % 24 * 3) + 2 - (i / 24)];
        }

        Assert.Equal(planes, back);
    }

    [Theory]
    [InlineData(128, 128, 64, 56, Interpolation.Bilinear)]
    [InlineData(32, 32, 56, 56, Interpolation.Bilinear)]
    [InlineData(50, 40, 64, 56, Interpolation.Bicubic)]
    [InlineData(40, 77, 64, 57, Interpolation.Bilinear)]
    [InlineData(1, 1, 8, 8, Interpolation.Bicubic)]
    public void Build_OtherSize_EqualsTheExactResize(int width, int height, int side, int crop, Interpolation interpolation)
    {
        var preprocessing = new ImagePreprocessing
        {
            Width = crop,
            Height = crop,
            ResizeShorterSide = side,
            Interpolation = interpolation,
            Mean = [0, 0, 0],
            Std = [1, 1, 1],
        };
        var chain = new StockImageChain { ResizeWidth = width, ResizeHeight = height };
        byte[] planes = RandomPixels(chain.PixelCount);
        int area = chain.PixelCount / 3;
        using var image = new DecodedImage(chain.ResizeWidth, chain.ResizeHeight);
        for (int i = 0; i < chain.PixelCount; i++)
        {
            image.Pixels[(i % area * 4) + (i / area)] = planes[i];
        }

        float[] expected = new float[3 * crop * crop];
        new ExactImagePreprocessor(preprocessing).Preprocess(image, expected);

        float[] actual = Run(chain, preprocessing, 13, planes);

        // Sums in single precision: a value in the middle between two levels may fall to the other side.
        float[] differences = [.. expected.Zip(actual, (a, b) => Math.Abs(a - b))];
        Assert.InRange(differences.Max(), 0, 1);
        Assert.InRange(differences.Average(), 0, 0.05);
    }

    [Fact]
    public void Build_NoPixels_IsRefused()
        => Assert.Throws<UserException>(
            () => ImageInputGraph.Build(new StockImageChain { ResizeWidth = 0, ResizeHeight = 256 }, new ImagePreprocessing(), 13));

    private static byte[] RandomPixels(int count)
    {
        byte[] pixels = new byte[count];
        new Random(3).NextBytes(pixels);
        return pixels;
    }

    private static float[] Run(StockImageChain chain, ImagePreprocessing preprocessing, int opset, byte[] pixels)
    {
        using var session = new InferenceSession(ImageInputGraph.Build(chain, preprocessing, opset).ToBytes());
        var input = NamedOnnxValue.CreateFromTensor(
            ImageInputGraph.PixelsName, new DenseTensor<byte>(pixels, [1, 3, chain.ResizeHeight, chain.ResizeWidth]));
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run([input]);
        Assert.Equal(ImageInputGraph.TensorName, results[0].Name);
        return [.. results[0].AsEnumerable<float>()];
    }
}
