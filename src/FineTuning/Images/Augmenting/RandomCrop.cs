namespace MLTransfer.FineTuning.Images.Augmenting;

/// <summary>Random resized crop (Szegedy et al. 2015, arXiv:1409.4842): area and aspect ratio at random, as torchvision draws them.</summary>
internal static class RandomCrop
{
    // From 3:4 to 4:3.
    private const double WidestRatio = 4.0 / 3;

    /// <summary>Changes a picture.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="smallest">The smallest part of the area that is kept.</param>
    /// <param name="random">Where the numbers come from.</param>
    public static void Apply(Picture picture, double smallest, Random random)
    {
        double area = picture.Count * (smallest + ((1 - smallest) * random.NextDouble()));
        double ratio = Math.Exp(((2 * random.NextDouble()) - 1) * Math.Log(WidestRatio));
        int height = Math.Clamp((int)Math.Round(Math.Sqrt(area / ratio)), 1, picture.Height), width = Math.Clamp((int)Math.Round(Math.Sqrt(area * ratio)), 1, picture.Width);
        int top = random.Next(picture.Height - height + 1), left = random.Next(picture.Width - width + 1);
        Warp.Crop(picture, left, top, width, height);
    }
}
