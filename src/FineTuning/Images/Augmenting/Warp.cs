namespace MLTransfer.FineTuning.Images.Augmenting;

/// <summary>Reads the pixels of a picture from other places of it, between pixels by bilinear interpolation.</summary>
internal static class Warp
{
    /// <summary>Applies a map. What lies outside the picture is black.</summary>
    public static void Apply(Picture picture, AffineMap map) => Apply(picture, map, (0, 0, picture.Width, picture.Height), edgesGoOn: false);

    /// <summary>Enlarges a part of the picture; pixels outside that part are not read.</summary>
    public static void Crop(Picture picture, int left, int top, int width, int height) =>
        Apply(picture, AffineMap.Crop(left, top, width, height, picture.Width, picture.Height), (left, top, width, height), edgesGoOn: true);

    private static void Apply(Picture picture, AffineMap map, (int Left, int Top, int Width, int Height) part, bool edgesGoOn)
    {
        float[] values = new float[picture.Values.Length];
        double right = part.Left + part.Width - 1, bottom = part.Top + part.Height - 1;
        for (int y = 0, at = 0; y < picture.Height; y++)
        {
            for (int x = 0; x < picture.Width; x++, at++)
            {
                double fromX = (map.Xx * x) + (map.Xy * y) + map.X0, fromY = (map.Yx * x) + (map.Yy * y) + map.Y0;
                if (!edgesGoOn && (fromX < -0.5 || fromY < -0.5 || fromX > right + 0.5 || fromY > bottom + 0.5))
                {
                    continue;
                }

                fromX = Math.Clamp(fromX, part.Left, right);
                fromY = Math.Clamp(fromY, part.Top, bottom);
                int x0 = (int)fromX, y0 = (int)fromY;
                int stepX = x0 < right ? 1 : 0, stepY = y0 < bottom ? picture.Width : 0, first = (y0 * picture.Width) + x0;
                float partX = (float)(fromX - x0), partY = (float)(fromY - y0);
                for (int plane = 0; plane < values.Length; plane += picture.Count)
                {
                    ReadOnlySpan<float> from = picture.Values.AsSpan(plane + first);
                    float upper = from[0] + (partX * (from[stepX] - from[0]));
                    float lower = from[stepY] + (partX * (from[stepX + stepY] - from[stepY]));
                    values[plane + at] = upper + (partY * (lower - upper));
                }
            }
        }

        picture.Replace(values);
    }
}
