using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;

namespace MLTransfer.Benchmarks.StockChain;

/// <summary>Features of many images under one variant, and how long preprocessing took.</summary>
internal sealed record VariantFeatures(float[][] Rows, TimeSpan Preprocessing)
{
    private const int BatchSize = 16;

    public static VariantFeatures Extract(InferenceSession backbone, ImageVariant variant, IReadOnlyList<string> paths)
    {
        string inputName = backbone.InputMetadata.Keys.Single();
        float[][] rows = new float[paths.Count][];
        float[] batch = new float[BatchSize * variant.Length];
        long ticks = 0;
        for (int start = 0; start < paths.Count; start += BatchSize)
        {
            int count = Math.Min(BatchSize, paths.Count - start);
            Parallel.For(0, count, i =>
            {
                long begin = Stopwatch.GetTimestamp();
                variant.Preprocess(paths[start + i], batch.AsSpan(i * variant.Length, variant.Length));
                Interlocked.Add(ref ticks, Stopwatch.GetTimestamp() - begin);
            });
            using OrtValue input = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, batch.AsMemory(0, count * variant.Length), [count, 3, 224, 224]);
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> output = backbone.Run(run, [inputName], [input], ["features"]);
            ReadOnlySpan<float> values = output[0].GetTensorDataAsSpan<float>();
            int length = values.Length / count;
            for (int i = 0; i < count; i++)
            {
                rows[start + i] = values.Slice(i * length, length).ToArray();
            }
        }

        return new VariantFeatures(rows, TimeSpan.FromSeconds((double)ticks / Stopwatch.Frequency));
    }

    /// <summary>The mean cosine between rows of the same image.</summary>
    public double MeanCosine(VariantFeatures other)
        => Rows.Zip(other.Rows, (a, b) => (double)TensorPrimitives.CosineSimilarity<float>(a, b)).Average();
}
