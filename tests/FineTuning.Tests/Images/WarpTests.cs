using MLTransfer.FineTuning.Images.Augmenting;
using MLTransfer.FineTuning.Runtime;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Images;

public class WarpTests
{
    [Fact]
    public void Apply_Translation_MovesAndLeavesBlack()
    {
        Picture picture = Numbered(2, 3);

        Warp.Apply(picture, AffineMap.Translation(1, 0));

        Assert.Equal([0, 1, 2, 0, 4, 5], picture.Plane(0).ToArray());
    }

    [Fact]
    public void Apply_QuarterTurn_TurnsCounterClockwise()
    {
        Picture picture = Numbered(3, 3);

        Warp.Apply(picture, AffineMap.Rotation(90, 3, 3));

        Assert.All(((float[])[3, 6, 9, 2, 5, 8, 1, 4, 7]).Zip(picture.Plane(0).ToArray()), static pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void Apply_Shear_MovesEachRowByItsNumber()
    {
        Picture picture = Numbered(3, 3);

        Warp.Apply(picture, AffineMap.ShearX(1));

        Assert.Equal([1, 2, 3, 5, 6, 0, 9, 0, 0], picture.Plane(0).ToArray());
    }

    [Fact]
    public void Apply_MirrorTwice_IsThePicture()
    {
        Picture picture = Numbered(4, 5);
        float[] before = (float[])picture.Values.Clone();

        Warp.Apply(picture, AffineMap.Mirror(5));
        Assert.Equal([5, 4, 3, 2, 1], picture.Plane(0)[..5].ToArray());
        Warp.Apply(picture, AffineMap.Mirror(5));

        Assert.Equal(before, picture.Values);
    }

    [Theory]
    [InlineData(0, 0, 7, 9)]
    [InlineData(2, 1, 3, 5)]
    [InlineData(6, 8, 1, 1)]
    public void Crop_Part_IsTorchsBilinearResize(int left, int top, int width, int height)
    {
        TorchRuntime.EnsureAvailable();
        Random random = new(3);
        byte[] bytes = new byte[3 * 9 * 7];
        random.NextBytes(bytes);
        var picture = Picture.Of(bytes, 9, 7);

        Warp.Crop(picture, left, top, width, height);

        using Tensor part = tensor(bytes, [1, 3, 9, 7]).to(float32).narrow(2, top, height).narrow(3, left, width);
        float[] expected = nn.functional.interpolate(part, [9, 7], mode: InterpolationMode.Bilinear).data<float>().ToArray();
        Assert.All(expected.Zip(picture.Values), static pair => Assert.Equal(pair.First, pair.Second, 1e-2));
    }

    private static Picture Numbered(int height, int width)
    {
        Picture picture = new(height, width);
        for (int i = 0; i < picture.Values.Length; i++)
        {
            picture.Values[i] = i + 1;
        }

        return picture;
    }
}
