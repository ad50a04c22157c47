namespace MLTransfer.FineTuning.Images.Augmenting;

/// <summary>Brightness, contrast, saturation and hue by random factors, in random order.</summary>
internal static class ColorJitter
{
    /// <summary>Changes a picture.</summary>
    public static void Apply(Picture picture, ColorJitterOptions options, Random random)
    {
        int[] order = [0, 1, 2, 3];
        random.Shuffle(order);
        foreach (int operation in order)
        {
            switch (operation)
            {
                case 0 when options.Brightness > 0:
                    ColorOperations.Brightness(picture, Factor(options.Brightness));
                    break;
                case 1 when options.Contrast > 0:
                    ColorOperations.Contrast(picture, Factor(options.Contrast));
                    break;
                case 2 when options.Saturation > 0:
                    ColorOperations.Saturation(picture, Factor(options.Saturation));
                    break;
                case 3 when options.Hue > 0:
                    ColorOperations.Hue(picture, (float)(((2 * random.NextDouble()) - 1) * options.Hue));
                    break;
                default:
                    break;
            }
        }

        float Factor(double most)
        {
            double least = Math.Max(0, 1 - most);
            return (float)(least + ((1 + most - least) * random.NextDouble()));
        }
    }
}
