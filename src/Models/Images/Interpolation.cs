namespace MLTransfer.Models.Images;

/// <summary>The filter with which an image is resized.</summary>
public enum Interpolation
{
    /// <summary>Triangle filter; its support grows with the reduction (antialiased).</summary>
    Bilinear,

    /// <summary>Cubic filter with a = −0.5; its support grows with the reduction (antialiased).</summary>
    Bicubic,
}
