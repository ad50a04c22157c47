using MLTransfer.FineTuning.Images.Augmenting;
using SkiaSharp;

namespace MLTransfer.FineTuning.Tests.Images;

public class ColorOperationsTests
{
    [Theory]
    [InlineData(0.5f, 200, 100)]
    [InlineData(2, 200, 255)]
    [InlineData(0, 200, 0)]
    public void Brightness_Factor_MultipliesAndStaysInRange(float factor, byte value, byte expected)
    {
        Picture picture = Pixels((value, value, value));

        ColorOperations.Brightness(picture, factor);

        Assert.All(picture.Values, actual => Assert.Equal(expected, actual, 1e-4));
    }

    // torchvision: gray is 0.2989 red + 0.587 green + 0.114 blue. Red and white: (76.2195 + 254.9745) / 2 = 165.597.
    [Fact]
    public void Contrast_Half_HalvesTheDistanceFromTheMeanGray()
    {
        Picture picture = Pixels((255, 0, 0), (255, 255, 255));

        ColorOperations.Contrast(picture, 0.5f);

        Assert.Equal(165.597 + (0.5 * (255 - 165.597)), picture.Plane(0)[0], 1e-3);
        Assert.Equal(165.597 - (0.5 * 165.597), picture.Plane(1)[0], 1e-3);
    }

    [Theory]
    [InlineData(0, 76.2195, 76.2195)]
    [InlineData(0.5f, 165.60975, 38.10975)]
    [InlineData(1, 255, 0)]
    public void Saturation_OfRed_BlendsWithItsGray(float factor, double red, double green)
    {
        Picture picture = Pixels((255, 0, 0));

        ColorOperations.Saturation(picture, factor);

        Assert.Equal(red, picture.Values[0], 1e-3);
        Assert.Equal(green, picture.Values[1], 1e-3);
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(0.5f)]
    [InlineData(-0.37f)]
    public void Hue_Turn_IsThatOfSkia(float turn)
    {
        Random random = new(4);
        (byte, byte, byte)[] colors = [.. Enumerable.Range(0, 200).Select(_ => ((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256))), (90, 90, 90), (255, 0, 0)];
        Picture picture = Pixels(colors);

        ColorOperations.Hue(picture, turn);

        for (int i = 0; i < colors.Length; i++)
        {
            (byte r, byte g, byte b) = colors[i];
            new SKColor(r, g, b).ToHsv(out float hue, out float saturation, out float value);
            var expected = SKColor.FromHsv((hue + (360 * turn) + 360) % 360, saturation, value);
            Assert.Equal(expected.Red, picture.Plane(0)[i], 1.01);
            Assert.Equal(expected.Green, picture.Plane(1)[i], 1.01);
            Assert.Equal(expected.Blue, picture.Plane(2)[i], 1.01);
        }
    }

    // A single bright pixel: the kernel of ones with 5 in its middle, divided by 13, leaves 5 of 13.
    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 13)]
    [InlineData(2, 21)]
    public void Sharpness_Factor_BlendsWithTheBlur(float factor, float expected)
    {
        Picture picture = new(3, 3);
        picture.Plane(1)[4] = 13;

        ColorOperations.Sharpness(picture, factor);

        Assert.Equal(expected, picture.Plane(1)[4], 1e-4);
        Assert.Equal(0, picture.Plane(1)[0]);
        Assert.Equal(0, picture.Plane(0)[4]);
    }

    [Fact]
    public void Posterize_TwoBits_KeepsFourLevels()
    {
        Picture picture = Pixels((63, 64, 255));

        ColorOperations.Posterize(picture, 2);

        Assert.Equal([0, 64, 192], picture.Values);
    }

    [Fact]
    public void Solarize_Threshold_InvertsWhatIsNotBelowIt()
    {
        Picture picture = Pixels((127, 128, 200));

        ColorOperations.Solarize(picture, 128);

        Assert.Equal([127, 127, 55], picture.Values);
    }

    [Fact]
    public void AutoContrast_EachPlane_GetsTheWholeRange()
    {
        Picture picture = Pixels((50, 7, 0), (100, 7, 255), (150, 7, 10));

        ColorOperations.AutoContrast(picture);

        Assert.Equal([0, 127.5f, 255, 7, 7, 7, 0, 255, 10], picture.Values);
    }

    // PIL's rule by hand: step = (512 - 256) / 255 = 1; level 10 has none below it, level 20 has 256.
    [Fact]
    public void Equalize_TwoLevels_AreSpreadToTheEnds()
    {
        Picture picture = new(16, 32);
        picture.Plane(0)[..256].Fill(10);
        picture.Plane(0)[256..].Fill(20);

        ColorOperations.Equalize(picture);

        Assert.Equal(0, picture.Plane(0)[0]);
        Assert.Equal(255, picture.Plane(0)[256]);
        Assert.Equal(0, picture.Plane(1)[0]); // a plane of one level stays
    }

    /// <summary>A picture of one row.</summary>
    internal static Picture Pixels(params (byte Red, byte Green, byte Blue)[] pixels) => Picture.Of(
        [.. pixels.Select(static pixel => pixel.Red), .. pixels.Select(static pixel => pixel.Green), .. pixels.Select(static pixel => pixel.Blue)], 1, pixels.Length);
}
