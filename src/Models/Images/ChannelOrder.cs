namespace MLTransfer.Models.Images;

/// <summary>Order of the colour channels in a tensor.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,
}
