using BenchmarkDotNet.Attributes;
using MLTransfer.Benchmarks.Data;
using MLTransfer.Models.Images;

namespace MLTransfer.Benchmarks.Micro;

/// <summary>One photo, one thread: what decoding and each kind of preprocessing cost.</summary>
[MemoryDiagnoser]
public class ImagePreprocessingBenchmarks
{
    private readonly ExactImagePreprocessor _exact = new(new ImagePreprocessing());
    private readonly StockImagePreprocessor _stock = new(StockImageChain.For(new ImagePreprocessing()));
    private readonly float[] _tensor = new float[3 * 224 * 224];
    private byte[] _pixels = [];
    private byte[] _encoded = [];

    /// <summary>320 × 240 and 500 × 375 pixels, the two common sizes of the flower photos.</summary>
    [Params("daisy/144076848_57e1d662e3_m.jpg", "daisy/171972704_389cf7a953.jpg")]
    public string Photo { get; set; } = "";

    [GlobalSetup]
    public void Read()
    {
        _encoded = File.ReadAllBytes(Path.Combine(SharedFiles.DataSet("flowers"), "test", Photo));
        _pixels = new byte[_stock.Length];
    }

    [Benchmark(Baseline = true)]
    public int Decode()
    {
        using DecodedImage image = ImageDecoder.Decode(_encoded, Photo, applyOrientation: true);
        return image.Width;
    }

    [Benchmark]
    public void Exact() => _exact.Preprocess(_encoded, Photo, _tensor);

    [Benchmark]
    public void Stock() => _stock.Preprocess(_encoded, Photo, _pixels);
}
