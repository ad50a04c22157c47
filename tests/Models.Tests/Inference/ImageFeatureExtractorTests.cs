using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Images;
using MLTransfer.Models.Inference;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Models.Tests.Inference;

public sealed class ImageFeatureExtractorTests : IDisposable
{
    private readonly TinyBackbones _backbones = new();

    public void Dispose() => _backbones.Dispose();

    [Theory]
    [InlineData(nameof(DataType.Float))]
    [InlineData(nameof(DataType.Float16))]
    [InlineData(nameof(DataType.Double))]
    public void Extract_InputOfAnyFloatType_GivesTheMeans(string type) => AssertMeans(_backbones.ChannelMeans(Enum.Parse<DataType>(type)), stock: true);

    [Theory]
    [InlineData(nameof(DataType.Float))]
    [InlineData(nameof(DataType.Float16))]
    public void Extract_ExactPreprocessing_GivesTheMeans(string type) => AssertMeans(_backbones.ChannelMeans(Enum.Parse<DataType>(type)), stock: false);

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public void Extract_GraphExportedWithOneRow_GivesTheMeans(bool oneRowInside, bool stock) =>
        AssertMeans(_backbones.ChannelMeans(rows: 1, rowsInside: oneRowInside ? 1 : 0), stock);

    [Fact]
    public void For_GraphExportedWithTwoRows_SaysWhatToDo()
    {
        // A node that holds the number 2 fails for one row.
        Backbone backbone = _backbones.ChannelMeans(rows: 2, rowsInside: 2);

        UserException exception = Assert.Throws<UserException>(() => Extractor(backbone, stock: true));

        Assert.Contains("exported again", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_BrokenRows_AreResultsWithAnErrorAtTheirPlace()
    {
        using ImageFeatureExtractor extractor = Extractor(_backbones.ChannelMeans(), stock: true);
        ImageRow[] rows =
        [
            Plain(10), new("broken", [1, 2, 3]), Plain(20), new("no bytes", []), new(Path.Combine(Path.GetTempPath(), "mltransfer-no-such-file.jpg")), new(string.Empty), Plain(30),
        ];

        FeatureResult[] results = [.. extractor.Extract(rows, store: null, TestContext.Current.CancellationToken)];

        Assert.Equal([10, null, 20, null, null, null, 30], results.Select(static result => result.Features?[0]));
        Assert.All(results.Where(static result => result.Features is null), static result => Assert.IsType<UserException>(result.Error, exactMatch: false));
        Assert.Contains("mltransfer-no-such-file.jpg", results[4].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_KnownRows_AreTakenFromTheStore()
    {
        using ImageFeatureExtractor extractor = Extractor(_backbones.ChannelMeans(), stock: true);
        Dictionary<UInt128, float[]> kept = [];
        _ = extractor.Extract([Plain(10), Plain(20)], new Store(kept), TestContext.Current.CancellationToken).ToArray();
        Assert.Equal([10f, 20f], kept.Values.Select(static vector => vector[0]).Order());
        kept[kept.Single(static pair => pair.Value[0] == 20f).Key] = [7, 7, 7];

        FeatureResult[] results = [.. extractor.Extract([Plain(20), Plain(30), Plain(10)], new Store(kept), TestContext.Current.CancellationToken)];

        Assert.Equal([7f, 30f, 10f], results.Select(static result => result.Features![0]));
        Assert.Equal(3, kept.Count);
    }

    [Fact]
    public void Extract_ManyRows_ReadsOnlyAFewAhead()
    {
        using ImageFeatureExtractor extractor = Extractor(_backbones.ChannelMeans(), stock: true);
        int read = 0;
        IEnumerable<ImageRow> Rows()
        {
            for (int i = 0; i < 10_000; i++)
            {
                read = i + 1;
                yield return Plain((byte)i);
            }
        }

        using IEnumerator<FeatureResult> results = extractor.Extract(Rows(), store: null, TestContext.Current.CancellationToken).GetEnumerator();
        Assert.True(results.MoveNext());

        Assert.InRange(read, 1, 500);
    }

    private static void AssertMeans(Backbone backbone, bool stock)
    {
        using ImageFeatureExtractor extractor = Extractor(backbone, stock);
        byte[] levels = [10, 200, 30, 0, 255, 77, 128];

        FeatureResult[] results = [.. extractor.Extract(levels.Select(Plain), store: null, TestContext.Current.CancellationToken)];

        Assert.Equal(3, extractor.Dimension);
        Assert.Equal(levels.Length, results.Length);
        Assert.All(results.Zip(levels), static row => Assert.All(row.First.Features!, (value, channel) => Assert.Equal(Math.Max(0, row.Second - channel), value, 0.2f)));
    }

    private static ImageFeatureExtractor Extractor(Backbone backbone, bool stock)
    {
        StockImageChain? chain = stock ? new StockImageChain { ResizeWidth = TinyBackbones.Side, ResizeHeight = TinyBackbones.Side } : null;
        return ImageFeatureExtractor.For(FeatureGraph.Build(backbone, new FeatureGraphOptions { Chain = chain }), new InferenceOptions(), batchSize: 4);
    }

    /// <summary>A picture of one colour: (level, level − 1, level − 2), not below 0.</summary>
    private static ImageRow Plain(byte level)
    {
        using SkiaSharp.SKBitmap bitmap = new(TinyBackbones.Side, TinyBackbones.Side, SkiaSharp.SKColorType.Rgba8888, SkiaSharp.SKAlphaType.Opaque);
        bitmap.Erase(new SkiaSharp.SKColor(level, (byte)Math.Max(0, level - 1), (byte)Math.Max(0, level - 2)));
        using SkiaSharp.SKData png = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Png, 100);
        return new ImageRow($"level {level}", png.ToArray());
    }

    private sealed class Store(Dictionary<UInt128, float[]> rows) : IFeatureStore
    {
        public bool TryGet(UInt128 row, Span<float> features)
        {
            lock (rows)
            {
                return rows.TryGetValue(row, out float[]? known) && known.AsSpan().TryCopyTo(features);
            }
        }

        public void Add(UInt128 row, ReadOnlySpan<float> features)
        {
            lock (rows)
            {
                rows.Add(row, features.ToArray());
            }
        }
    }
}
