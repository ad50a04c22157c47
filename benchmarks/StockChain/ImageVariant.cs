using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Images;

namespace MLTransfer.Benchmarks.StockChain;

/// <summary>One way from an image file to the backbone's input: the exact one, or a stock chain with the rest in a graph.</summary>
internal sealed class ImageVariant : IDisposable
{
    private readonly ImagePreprocessing _preprocessing;
    private readonly ExactImagePreprocessor _exact;
    private readonly StockImagePreprocessor? _stock;
    private readonly InferenceSession? _graph;
    private readonly StockImageChain? _chain;

    public ImageVariant(ImagePreprocessing preprocessing, StockImageChain? chain)
    {
        _preprocessing = preprocessing;
        _exact = new ExactImagePreprocessor(preprocessing);
        _chain = chain;
        if (chain is not null)
        {
            _stock = new StockImagePreprocessor(chain);
            using var options = new SessionOptions { IntraOpNumThreads = 1 };
            _graph = new InferenceSession(ImageInputGraph.Build(chain, preprocessing, 13).ToBytes(), options);
        }
    }

    public string Name => _chain is null ? "exact" : $"{_chain.Resizing} {_chain.ResizeWidth}";

    /// <summary>Bytes between ML.NET's transforms and the graph, for one image.</summary>
    public int CarriedBytes => _chain?.PixelCount ?? 0;

    public void Preprocess(string path, Span<float> tensor)
    {
        byte[] encoded = File.ReadAllBytes(path);
        if (_stock is null)
        {
            _exact.Preprocess(encoded, path, tensor);
            return;
        }

        byte[] pixels = new byte[_stock.Length];
        _stock.Preprocess(encoded, path, pixels);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [1, 3, _chain!.ResizeHeight, _chain.ResizeWidth]);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> output = _graph!.Run(run, [ImageInputGraph.PixelsName], [input], [ImageInputGraph.TensorName]);
        output[0].GetTensorDataAsSpan<float>().CopyTo(tensor);
    }

    public int Length => 3 * _preprocessing.Height * _preprocessing.Width;

    public void Dispose() => _graph?.Dispose();
}
