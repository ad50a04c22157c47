using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Images;

/// <summary>How a saved model prepares an image: what ML.NET's own transforms do, and what is left to the ONNX graph.</summary>
/// <remarks>
/// ML.NET resizes to <see cref="ResizeWidth"/> × <see cref="ResizeHeight"/> and extracts bytes as planes of red, green and blue. The graph
/// cuts out the centre, reduces it by the whole number <see cref="Reduction"/> with an antialiased filter, and normalises.
/// Why these steps: docs/decisions/stock-image-chain.md.
/// </remarks>
public sealed record StockImageChain
{
    /// <summary>Width that <c>ResizeImages</c> makes, in pixels.</summary>
    public required int ResizeWidth { get; init; }

    /// <summary>Height that <c>ResizeImages</c> makes, in pixels.</summary>
    public required int ResizeHeight { get; init; }

    /// <summary>How <c>ResizeImages</c> fits the image into that size. The default value is <see cref="StockResizing.IsoCrop"/>.</summary>
    public StockResizing Resizing { get; init; } = StockResizing.IsoCrop;

    /// <summary>By how much the graph reduces each side, a whole number. The default value is 1: not at all.</summary>
    public int Reduction { get; init; } = 1;

    /// <summary>Values of one image between ML.NET and the graph: 3 · <see cref="ResizeHeight"/> · <see cref="ResizeWidth"/>.</summary>
    public int PixelCount => checked(3 * ResizeHeight * ResizeWidth);

    /// <summary>The chain that comes closest to a backbone's preprocessing at a small cost.</summary>
    /// <param name="preprocessing">The backbone's preprocessing.</param>
    /// <exception cref="UserException">The preprocessing contradicts itself.</exception>
    public static StockImageChain For(ImagePreprocessing preprocessing)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        preprocessing.Validate();
        return new StockImageChain { ResizeWidth = preprocessing.ResizeShorterSide, ResizeHeight = preprocessing.ResizeShorterSide };
    }

    /// <summary>Checks that the graph can make a backbone's input from what ML.NET hands it.</summary>
    /// <exception cref="UserException">A value is out of range, or the crop does not fit.</exception>
    internal void Validate(ImagePreprocessing preprocessing)
    {
        if (Reduction < 1 || ResizeWidth % Reduction != 0 || ResizeHeight % Reduction != 0)
        {
            throw new UserException(
                $"Image chain: {ResizeWidth} × {ResizeHeight} pixels cannot be reduced by {Reduction}. Use a size that {Math.Max(Reduction, 1)} divides.");
        }

        if (ResizeWidth / Reduction < preprocessing.Width || ResizeHeight / Reduction < preprocessing.Height)
        {
            throw new UserException(
                $"Image chain: {ResizeWidth / Reduction} × {ResizeHeight / Reduction} pixels are left, and the backbone needs " +
                $"{preprocessing.Width} × {preprocessing.Height}. Resize to at least {preprocessing.Width * Reduction} × {preprocessing.Height * Reduction}.");
        }
    }
}
