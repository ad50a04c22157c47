using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Images;
using MLTransfer.Models.Onnx;

namespace MLTransfer.Benchmarks.Extraction.Images;

internal sealed class WorkerImages(string dataSet, int workers, int intra, int batchSize) : IExtractionVariant
{
    private readonly ImageSource _source = new(dataSet);
    private readonly StockImageChain _chain = StockImageChain.For(ImageSource.Preprocessing);
    private InferenceSession? _session;

    public string Note => $"{workers} workers, {intra} threads, batch {batchSize}";

    public void WarmUp()
    {
        OnnxModel backbone = OnnxModel.Load(ImageSource.BackbonePath);
        OnnxModel input = ImageInputGraph.Build(_chain, ImageSource.Preprocessing, backbone.Opsets[""]);
        using var options = new SessionOptions { IntraOpNumThreads = intra };
        _session = new InferenceSession(
            backbone.Prepend(input, new Dictionary<string, string> { [ImageSource.BackboneInput] = ImageInputGraph.TensorName }).ToBytes(), options);
        Run(16);
    }

    public void Run(int rows)
    {
        int batches = (rows + batchSize - 1) / batchSize;
        var stock = new StockImagePreprocessor(_chain);
        int next = -1;
        Thread[] threads = new Thread[workers];
        for (int w = 0; w < workers; w++)
        {
            threads[w] = new Thread(() =>
            {
                byte[] pixels = new byte[batchSize * stock.Length];
                int b;
                while ((b = Interlocked.Increment(ref next)) < batches)
                {
                    int count = Math.Min(batchSize, rows - (b * batchSize));
                    for (int i = 0; i < count; i++)
                    {
                        string path = _source.Path((b * batchSize) + i);
                        stock.Preprocess(File.ReadAllBytes(path), path, pixels.AsSpan(i * stock.Length, stock.Length));
                    }

                    using OrtValue tensor = OrtValue.CreateTensorValueFromMemory(
                        OrtMemoryInfo.DefaultInstance, pixels.AsMemory(0, count * stock.Length), [count, 3, _chain.ResizeHeight, _chain.ResizeWidth]);
                    using var run = new RunOptions();
                    using IDisposableReadOnlyCollection<OrtValue> output = _session!.Run(run, [ImageInputGraph.PixelsName], [tensor], [ImageSource.Feature]);
                }
            });
            threads[w].Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }
    }

    public void Dispose() => _session?.Dispose();
}
