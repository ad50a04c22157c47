using MLTransfer.Models.Images;

namespace MLTransfer.Models.Tests.Images;

public sealed class StockImageChainTests
{
    [Fact]
    public void For_UnknownImages_ResizesToWhatTheCropIsCutFrom()
        => Assert.Equal(new StockImageChain { ResizeWidth = 256, ResizeHeight = 256 }, StockImageChain.For(new ImagePreprocessing()));

    [Fact]
    public void For_SmallImages_LeavesTheirPixelsAlone()
        => Assert.Equal(
            new StockImageChain { ResizeWidth = 32, ResizeHeight = 32 },
            StockImageChain.For(new ImagePreprocessing(), [(32, 32), (32, 40), (900, 32)]));

    [Fact]
    public void For_LargePhotos_ResizesToWhatTheCropIsCutFrom()
        => Assert.Equal(256, StockImageChain.For(new ImagePreprocessing(), [(4000, 3000), (3000, 4000), (32, 32)]).ResizeWidth);
}
