namespace MLTransfer.FineTuning.Images.Augmenting;

/// <summary>Changes of colours, as torchvision defines them; each keeps values between 0 and 255.</summary>
internal static class ColorOperations
{
    private const int Levels = 256;

    /// <summary>Multiplies all values.</summary>
    public static void Brightness(Picture picture, float factor)
    {
        foreach (ref float value in picture.Values.AsSpan())
        {
            value = Bounded(value * factor);
        }
    }

    /// <summary>Multiplies the distance from the mean gray of the picture.</summary>
    public static void Contrast(Picture picture, float factor)
    {
        double sum = 0;
        for (int i = 0; i < picture.Count; i++)
        {
            sum += Gray(picture, i);
        }

        float mean = (float)(sum / picture.Count);
        foreach (ref float value in picture.Values.AsSpan())
        {
            value = Bounded(mean + (factor * (value - mean)));
        }
    }

    /// <summary>Multiplies the distance of each pixel from its gray.</summary>
    public static void Saturation(Picture picture, float factor)
    {
        for (int i = 0; i < picture.Count; i++)
        {
            float gray = Gray(picture, i);
            for (int at = i; at < picture.Values.Length; at += picture.Count)
            {
                picture.Values[at] = Bounded(gray + (factor * (picture.Values[at] - gray)));
            }
        }
    }

    /// <summary>Turns the hue.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="turn">Part of the colour circle, from -0.5 to 0.5.</param>
    public static void Hue(Picture picture, float turn)
    {
        Span<float> red = picture.Plane(0), green = picture.Plane(1), blue = picture.Plane(2);
        for (int i = 0; i < picture.Count; i++)
        {
            // The hue in sixths of the circle: the side of the hexagon, and the place on it.
            float r = red[i], g = green[i], b = blue[i];
            float most = Math.Max(r, Math.Max(g, b)), range = most - Math.Min(r, Math.Min(g, b));
            if (range == 0)
            {
                continue; // gray has no hue
            }

            float hue = most == r ? (g - b) / range : most == g ? 2 + ((b - r) / range) : 4 + ((r - g) / range);
            hue += 6 * turn;
            red[i] = Channel(5);
            green[i] = Channel(3);
            blue[i] = Channel(1);

            float Channel(int n)
            {
                float k = (n + hue + 12) % 6;
                return most - (range * Math.Clamp(Math.Min(k, 4 - k), 0, 1));
            }
        }
    }

    /// <summary>Blends with a blurred picture: 0 is the blur, 1 the picture, more is sharper. The outermost pixels stay.</summary>
    public static void Sharpness(Picture picture, float factor)
    {
        float[] sharpened = (float[])picture.Values.Clone();
        int width = picture.Width;
        for (int channel = 0; channel < 3; channel++)
        {
            ReadOnlySpan<float> plane = picture.Plane(channel);
            Span<float> target = sharpened.AsSpan(channel * picture.Count, picture.Count);
            for (int y = 1; y < picture.Height - 1; y++)
            {
                for (int x = 1; x < width - 1; x++)
                {
                    int i = (y * width) + x;
                    float around = plane[i - width - 1] + plane[i - width] + plane[i - width + 1] + plane[i - 1] + plane[i + 1]
                        + plane[i + width - 1] + plane[i + width] + plane[i + width + 1];
                    float blurred = (around + (5 * plane[i])) / 13;
                    target[i] = Bounded(blurred + (factor * (plane[i] - blurred)));
                }
            }
        }

        picture.Replace(sharpened);
    }

    /// <summary>Keeps the highest bits of each value.</summary>
    public static void Posterize(Picture picture, int bits)
    {
        int mask = 0xFF << (8 - bits);
        foreach (ref float value in picture.Values.AsSpan())
        {
            value = Level(value) & mask;
        }
    }

    /// <summary>Inverts values from a threshold on.</summary>
    public static void Solarize(Picture picture, float threshold)
    {
        foreach (ref float value in picture.Values.AsSpan())
        {
            value = value >= threshold ? Picture.White - value : value;
        }
    }

    /// <summary>Stretches each plane to the whole range.</summary>
    public static void AutoContrast(Picture picture)
    {
        for (int channel = 0; channel < 3; channel++)
        {
            Span<float> plane = picture.Plane(channel);
            float least = Picture.White, most = 0;
            foreach (float value in plane)
            {
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            }

            for (int i = 0; i < plane.Length && most > least; i++)
            {
                plane[i] = Bounded((plane[i] - least) * Picture.White / (most - least));
            }
        }
    }

    /// <summary>Makes all levels of each plane about equally frequent.</summary>
    public static void Equalize(Picture picture)
    {
        int[] counts = new int[Levels], level = new int[Levels];
        for (int channel = 0; channel < 3; channel++)
        {
            Span<float> plane = picture.Plane(channel);
            Array.Clear(counts);
            foreach (float value in plane)
            {
                counts[Level(value)]++;
            }

            int step = (plane.Length - counts[Array.FindLastIndex(counts, static count => count > 0)]) / (Levels - 1);
            if (step == 0)
            {
                continue; // one level, or too few pixels
            }

            int below = step / 2;
            for (int i = 0; i < Levels; i++)
            {
                level[i] = Math.Min(below / step, Levels - 1);
                below += counts[i];
            }

            foreach (ref float value in plane)
            {
                value = level[Level(value)];
            }
        }
    }

    // ITU-R 601-2, with torchvision's digits.
    private static float Gray(Picture picture, int i) =>
        (0.2989f * picture.Values[i]) + (0.587f * picture.Values[picture.Count + i]) + (0.114f * picture.Values[(2 * picture.Count) + i]);

    private static int Level(float value) => (int)MathF.Round(value);

    private static float Bounded(float value) => Math.Clamp(value, 0, Picture.White);
}
