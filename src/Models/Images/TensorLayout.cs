namespace MLTransfer.Models.Images;

/// <summary>Axes of an image tensor.</summary>
public enum TensorLayout
{
    /// <summary><c>[batch, channel, height, width]</c>, as PyTorch exports.</summary>
    Nchw,

    /// <summary><c>[batch, height, width, channel]</c>, as TensorFlow exports.</summary>
    Nhwc,
}
