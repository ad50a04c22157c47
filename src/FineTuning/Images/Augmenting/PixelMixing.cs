using MLTransfer.FineTuning.Training.Mixing;
using MLTransfer.FineTuning.Training.Sampling;

namespace MLTransfer.FineTuning.Images.Augmenting;

/// <summary>Mixup and cutmix of the images of a batch.</summary>
internal static class PixelMixing
{
    /// <summary>Draws how a batch is mixed.</summary>
    /// <param name="augmentation">Which mixing.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Columns of pixels.</param>
    /// <param name="random">Where the numbers come from.</param>
    /// <returns>The mixture; null where nothing is mixed.</returns>
    public static RowMixture? Draw(ImageAugmentation augmentation, int rows, int height, int width, Random random)
    {
        bool mixup = augmentation.Mixup > 0, cutmix = augmentation.Cutmix > 0;
        if (!mixup && !cutmix)
        {
            return null;
        }

        cutmix &= !mixup || random.Next(2) == 1;
        int[] partners = [.. Enumerable.Range(0, rows)];
        random.Shuffle(partners);
        double share = BetaDistribution.Next(random, cutmix ? augmentation.Cutmix : augmentation.Mixup);
        if (!cutmix)
        {
            return new RowMixture(partners, share);
        }

        // The box has its middle anywhere; what of it is outside the image does not count.
        double side = Math.Sqrt(1 - share);
        (int top, int bottom) = Range(height);
        (int left, int right) = Range(width);
        double cut = (double)(bottom - top) * (right - left) / ((double)height * width);
        return new RowMixture(partners, 1 - cut) { Box = (top, left, bottom - top, right - left) };

        (int From, int To) Range(int size)
        {
            int half = (int)(size * side) / 2, middle = random.Next(size);
            return (Math.Max(0, middle - half), Math.Min(size, middle + half));
        }
    }

    /// <summary>Mixes images where they stand.</summary>
    /// <param name="pixels">[rows, 3, height, width].</param>
    /// <param name="height">Rows of pixels.</param>
    /// <param name="width">Columns of pixels.</param>
    /// <param name="mixture">How.</param>
    public static void Apply(Span<byte> pixels, int height, int width, RowMixture mixture)
    {
        byte[] own = pixels.ToArray();
        int count = 3 * height * width;
        for (int row = 0; row < mixture.Partners.Length; row++)
        {
            Span<byte> target = pixels.Slice(row * count, count);
            ReadOnlySpan<byte> partner = own.AsSpan(mixture.Partners[row] * count, count);
            if (mixture.Box is { } box)
            {
                for (int line = 0; line < 3 * height; line++)
                {
                    int y = line % height;
                    if (y >= box.Top && y < box.Top + box.Height)
                    {
                        int at = (line * width) + box.Left;
                        partner.Slice(at, box.Width).CopyTo(target[at..]);
                    }
                }
            }
            else
            {
                float share = (float)mixture.Share;
                for (int i = 0; i < count; i++)
                {
                    target[i] = (byte)MathF.Round(partner[i] + (share * (target[i] - partner[i])));
                }
            }
        }
    }
}
