namespace MLTransfer.FineTuning.Images.Augmenting;

/// <summary>All changes of a single image.</summary>
internal static class ImageChange
{
    /// <summary>Changes an image where it stands.</summary>
    /// <param name="pixels">[3, height, width].</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="augmentation">The changes.</param>
    /// <param name="random">Where the numbers come from.</param>
    public static void Apply(Span<byte> pixels, int height, int width, ImageAugmentation augmentation, Random random)
    {
        var picture = Picture.Of(pixels, height, width);
        if (augmentation.SmallestCrop < 1)
        {
            RandomCrop.Apply(picture, augmentation.SmallestCrop, random);
        }

        if (augmentation.Flip && random.Next(2) == 1)
        {
            Warp.Apply(picture, AffineMap.Mirror(width));
        }

        if (augmentation.ColorJitter.IsOn)
        {
            ColorJitter.Apply(picture, augmentation.ColorJitter, random);
        }

        if (augmentation.RandAugment is { } options)
        {
            RandAugment.Apply(picture, options, random);
        }

        picture.CopyTo(pixels);
    }
}
