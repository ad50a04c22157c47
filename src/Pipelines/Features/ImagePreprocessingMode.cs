namespace MLTransfer.Pipelines.Features;

/// <summary>Which pixels a backbone sees.</summary>
public enum ImagePreprocessingMode
{
    /// <summary>Those of ML.NET's own transforms, so that the saved model needs no other package. See docs/decisions/stock-image-chain.md.</summary>
    Stock,

    /// <summary>Those of torchvision: EXIF orientation applied, antialiased resize, centre crop. Such a transformer cannot be saved as a stock model.</summary>
    Exact,
}
