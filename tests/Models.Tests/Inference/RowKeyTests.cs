using MLTransfer.Models.Inference;

namespace MLTransfer.Models.Tests.Inference;

public class RowKeyTests
{
    [Fact]
    public void Of_NoBytes_IsThePublishedXxh128() =>
        Assert.Equal(UInt128.Parse("99aa06d3014798d86001c324468d497f", System.Globalization.NumberStyles.HexNumber, null), RowKey.Of([]));

    [Fact]
    public void Of_PixelsOfTheSameBytes_AreDifferentRows()
    {
        byte[] bytes = [1, 2, 3, 4, 5, 6, 7, 8];
        UInt128[] keys = [RowKey.Of(bytes), .. new[] { (1, 2), (2, 1) }.SelectMany(size => new[] { true, false }
            .Select(blueFirst => RowKey.Of(new RawPixels(bytes, size.Item1, size.Item2, blueFirst))))];

        Assert.Equal(keys.Length, keys.Distinct().Count());
    }

    [Fact]
    public void Of_TextsThatReadAlike_AreDifferentRows()
    {
        UInt128[] keys =
        [
            RowKey.Of("abc"),
            RowKey.Of("abc", string.Empty),
            RowKey.Of(string.Empty, "abc"),
            RowKey.Of("ab", "c"),
            RowKey.Of("a", "bc"),
            RowKey.Of("Abc"),
            RowKey.Of(string.Empty),
            RowKey.Of(string.Empty, string.Empty),
        ];

        Assert.Equal(keys.Length, keys.Distinct().Count());
    }
}
