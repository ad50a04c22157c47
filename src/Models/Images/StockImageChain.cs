using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Images;

/// <summary>How a saved model prepares an image: the size that ML.NET's own transforms make, and with it what is left to the ONNX graph.</summary>
/// <remarks>
/// ML.NET resizes to <see cref="ResizeWidth"/> × <see cref="ResizeHeight"/> and extracts bytes as planes of red, green and blue. The graph
/// does the rest of the backbone's preprocessing on that image: antialiased resize, centre crop, normalisation.
/// Which size is good: docs/decisions/stock-image-chain.md.
/// </remarks>
public sealed record StockImageChain
{
    // A chain for one size would shrink the others and enlarge them again.
    private const double NearlyAll = 0.9;

    /// <summary>Width that <c>ResizeImages</c> makes, in pixels.</summary>
    public required int ResizeWidth { get; init; }

    /// <summary>Height that <c>ResizeImages</c> makes, in pixels.</summary>
    public required int ResizeHeight { get; init; }

    /// <summary>How <c>ResizeImages</c> fits the image into that size. The default value is <see cref="StockResizing.IsoCrop"/>.</summary>
    public StockResizing Resizing { get; init; } = StockResizing.IsoCrop;

    /// <summary>Values of one image between ML.NET and the graph: 3 · <see cref="ResizeHeight"/> · <see cref="ResizeWidth"/>.</summary>
    public int PixelCount => checked(3 * ResizeHeight * ResizeWidth);

    /// <summary>The chain for images of unknown size: ML.NET resizes to what the backbone's crop is cut from.</summary>
    /// <param name="preprocessing">The backbone's preprocessing.</param>
    /// <exception cref="UserException">The preprocessing contradicts itself.</exception>
    public static StockImageChain For(ImagePreprocessing preprocessing) => For(preprocessing, []);

    /// <summary>The chain for images like the given ones. Where nearly all have one size below what the backbone's crop is cut from, the graph enlarges them.</summary>
    /// <remarks>ML.NET's filter blurs an image that it enlarges; an image that has the size already passes through unchanged.</remarks>
    /// <param name="preprocessing">The backbone's preprocessing.</param>
    /// <param name="sizes">Width and height of images of the training data, in pixels.</param>
    /// <exception cref="UserException">The preprocessing contradicts itself.</exception>
    public static StockImageChain For(ImagePreprocessing preprocessing, IReadOnlyList<(int Width, int Height)> sizes)
    {
        ArgumentNullException.ThrowIfNull(preprocessing);
        ArgumentNullException.ThrowIfNull(sizes);
        preprocessing.Validate();
        int side = preprocessing.ResizeShorterSide;
        var common = sizes.CountBy(size => Math.Min(size.Width, size.Height)).OrderByDescending(group => group.Value).FirstOrDefault();
        if (common.Value > 0 && common.Value >= NearlyAll * sizes.Count && common.Key < side)
        {
            side = common.Key;
        }

        return new StockImageChain { ResizeWidth = side, ResizeHeight = side };
    }

    /// <summary>Checks that the sizes can be used.</summary>
    /// <exception cref="UserException">A size is out of range.</exception>
    internal void Validate()
    {
        if (ResizeWidth < 1 || ResizeHeight < 1 || 3L * ResizeWidth * ResizeHeight > Array.MaxLength)
        {
            throw new UserException($"Image chain: resize to {ResizeWidth} × {ResizeHeight} pixels. Both must be at least 1, and one image must fit into memory.");
        }
    }
}
