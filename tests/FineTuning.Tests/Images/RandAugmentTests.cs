using MLTransfer.FineTuning.Images;
using MLTransfer.FineTuning.Images.Augmenting;

namespace MLTransfer.FineTuning.Tests.Images;

public class RandAugmentTests
{
    // The search space of the paper, and the values that torchvision's table has for magnitude 9 of 30.
    [Fact]
    public void Operations_MagnitudeNine_HaveTorchvisionsStrengths()
    {
        Assert.Equal(
            ["autoContrast", "brightness", "color", "contrast", "equalize", "identity", "posterize", "rotate", "sharpness", "shearX", "shearY", "solarize", "translateX", "translateY"],
            RandAugment.Operations.Select(static operation => operation.Name).Order(StringComparer.Ordinal));
        AssertSame("rotate", static picture => Warp.Apply(picture, AffineMap.Rotation(9, 40, 40)));
        AssertSame("shearX", static picture => Warp.Apply(picture, AffineMap.ShearX(0.09)));
        AssertSame("brightness", static picture => ColorOperations.Brightness(picture, 1.27f));
        AssertSame("sharpness", static picture => ColorOperations.Sharpness(picture, 1.27f));
        AssertSame("posterize", static picture => ColorOperations.Posterize(picture, 7));
        AssertSame("solarize", static picture => ColorOperations.Solarize(picture, 178.5f));
        AssertSame("translateX", static picture => Warp.Apply(picture, AffineMap.Translation(5, 0))); // 150 / 331 · 40 · 9 / 30 = 5.4
    }

    [Fact]
    public void Apply_SameNumbers_GivesTheSamePicture()
    {
        Picture first = Noise(), second = Noise(), third = Noise();

        RandAugment.Apply(first, new RandAugmentOptions(), new Random(1));
        RandAugment.Apply(second, new RandAugmentOptions(), new Random(1));
        RandAugment.Apply(third, new RandAugmentOptions(), new Random(2));

        Assert.Equal(first.Values, second.Values);
        Assert.NotEqual(first.Values, third.Values);
    }

    [Fact]
    public void Apply_AnyNumbers_KeepsValuesInRange()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            Picture picture = Noise();

            RandAugment.Apply(picture, new RandAugmentOptions { Operations = 3, Magnitude = 30 }, new Random(seed));

            Assert.All(picture.Values, static value => Assert.InRange(value, 0, 255));
        }
    }

    private static void AssertSame(string name, Action<Picture> expected)
    {
        Picture first = Noise(), second = Noise();
        RandAugment.Operations.First(operation => operation.Name == name).Apply(first, 9 / 30.0);
        expected(second);
        Assert.All(first.Values.Zip(second.Values), static pair => Assert.Equal(pair.Second, pair.First, 1e-2));
    }

    private static Picture Noise()
    {
        byte[] bytes = new byte[3 * 40 * 40];
        new Random(7).NextBytes(bytes);
        return Picture.Of(bytes, 40, 40);
    }
}
