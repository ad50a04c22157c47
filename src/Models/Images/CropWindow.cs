namespace MLTransfer.Models.Images;

/// <summary>A rectangle of an image, in pixels.</summary>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
internal readonly record struct CropWindow(int Left, int Top, int Width, int Height)
{
    /// <summary>The centre of an image as torchvision's <c>CenterCrop</c> takes it.</summary>
    public static CropWindow Centre(int imageWidth, int imageHeight, int width, int height)
        => new(CentreStart(imageWidth, width), CentreStart(imageHeight, height), width, height);

    /// <summary>Where the centre of one axis begins; half of an odd remainder is rounded to the even number.</summary>
    public static int CentreStart(int size, int kept) => (int)Math.Round((size - kept) / 2.0, MidpointRounding.ToEven);
}
