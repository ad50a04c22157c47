using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using MLTransfer.Models.Images;

namespace MLTransfer.Benchmarks.Extraction.Images;

/// <summary>The floor: nothing but ONNX Runtime, over tensors that are ready, at the batch size that is fastest on this machine.</summary>
internal sealed class BareImageLoop(string dataSet) : IExtractionVariant
{
    // A multiple of every batch size.
    private const int ReadyImages = 64;
    private static readonly int[] BatchSizes = [1, 2, 4, 8, 16, 32, 64];
    private readonly InferenceSession _session = new(ImageSource.BackbonePath);
    private readonly int _length = 3 * ImageSource.Preprocessing.Height * ImageSource.Preprocessing.Width;
    private float[] _ready = [];
    private int _batchSize;

    public string Note => $"batch {_batchSize}";

    public void WarmUp()
    {
        var source = new ImageSource(dataSet);
        var preprocessor = new ExactImagePreprocessor(ImageSource.Preprocessing);
        _ready = new float[ReadyImages * _length];
        Parallel.For(0, ReadyImages, i => preprocessor.Preprocess(File.ReadAllBytes(source.Path(i)), source.Path(i), _ready.AsSpan(i * _length, _length)));
        _batchSize = BatchSizes.MinBy(SecondsAt);
    }

    public void Run(int rows)
    {
        for (int start = 0; start < rows; start += _batchSize)
        {
            RunBatch(start % ReadyImages, Math.Min(_batchSize, rows - start));
        }
    }

    public void Dispose() => _session.Dispose();

    private double SecondsAt(int batchSize)
    {
        double best = double.MaxValue;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            long begin = Stopwatch.GetTimestamp();
            for (int start = 0; start < ReadyImages; start += batchSize)
            {
                RunBatch(start, batchSize);
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return best;
    }

    private void RunBatch(int start, int count)
    {
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, _ready.AsMemory(start * _length, count * _length), [count, 3, ImageSource.Preprocessing.Height, ImageSource.Preprocessing.Width]);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> output = _session.Run(run, [ImageSource.BackboneInput], [input], [ImageSource.Feature]);
    }
}
