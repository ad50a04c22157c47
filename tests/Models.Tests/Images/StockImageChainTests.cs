using MLTransfer.Models.Images;

namespace MLTransfer.Models.Tests.Images;

public sealed class StockImageChainTests
{
    [Fact]
    public void For_UnknownImages_ResizesToWhatTheCropIsCutFrom()
        => Assert.Equal(new StockImageChain { ResizeWidth = 256, ResizeHeight = 256 }, StockImageChain.For(new ImagePreprocessing()));

    [Fact]
    public void For_SmallImagesOfOneSize_LeavesTheirPixelsAlone()
        => Assert.Equal(
            new StockImageChain { ResizeWidth = 32, ResizeHeight = 32 },
            StockImageChain.For(new ImagePreprocessing(), [.. Enumerable.Repeat((32, 32), 18), (40, 32), (500, 400)]));

    [Fact]
    public void For_SmallImagesOfManySizes_ResizesToWhatTheCropIsCutFrom()
        => Assert.Equal(256, StockImageChain.For(new ImagePreprocessing(), [(32, 32), (32, 32), (50, 50), (60, 60)]).ResizeWidth);

    [Fact]
    public void For_LargePhotos_ResizesToWhatTheCropIsCutFrom()
        => Assert.Equal(256, StockImageChain.For(new ImagePreprocessing(), [(4000, 3000), (3000, 4000), (32, 32)]).ResizeWidth);
}
