namespace MLTransfer.FineTuning.Images.Augmenting;

/// <summary>Where the pixels of a changed picture come from: x' = Xx·x + Xy·y + X0 and y' = Yx·x + Yy·y + Y0, in pixels, the first one's middle at 0.</summary>
internal readonly record struct AffineMap(double Xx, double Xy, double X0, double Yx, double Yy, double Y0)
{
    /// <summary>Leans a picture along x; the upper edge stays.</summary>
    public static AffineMap ShearX(double amount) => new(1, amount, 0, 0, 1, 0);

    /// <summary>Leans a picture along y; the left edge stays.</summary>
    public static AffineMap ShearY(double amount) => new(1, 0, 0, amount, 1, 0);

    /// <summary>Moves a picture to the right and down.</summary>
    public static AffineMap Translation(double right, double down) => new(1, 0, -right, 0, 1, -down);

    /// <summary>Turns a picture about its middle, counter-clockwise.</summary>
    public static AffineMap Rotation(double degrees, int height, int width)
    {
        (double sine, double cosine) = Math.SinCos(double.DegreesToRadians(degrees));
        double x = (width - 1) / 2.0, y = (height - 1) / 2.0;
        return new(cosine, -sine, x - (cosine * x) + (sine * y), sine, cosine, y - (sine * x) - (cosine * y));
    }

    /// <summary>Mirrors a picture.</summary>
    public static AffineMap Mirror(int width) => new(-1, 0, width - 1, 0, 1, 0);

    /// <summary>Enlarges a part of a picture to its full size.</summary>
    public static AffineMap Crop(int left, int top, int cropWidth, int cropHeight, int width, int height)
    {
        double x = (double)cropWidth / width, y = (double)cropHeight / height;
        return new(x, 0, left + (x / 2) - 0.5, 0, y, top + (y / 2) - 0.5);
    }
}
