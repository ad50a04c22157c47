namespace MLTransfer.Models.Images;

/// <summary>How ML.NET's <c>ResizeImages</c> fits an image into the wanted size; the values are those of its <c>ResizingKind</c>.</summary>
public enum StockResizing
{
    /// <summary>The whole image, its sides in proportion, black bars beside it.</summary>
    IsoPad = 0,

    /// <summary>Sides in proportion; what does not fit is cut off evenly on both sides.</summary>
    IsoCrop = 1,

    /// <summary>Each side scaled by itself, to the nearest pixel.</summary>
    Fill = 2,
}
