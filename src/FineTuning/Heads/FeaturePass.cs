using MLTransfer.FineTuning.Freezing.Prefix;
using MLTransfer.FineTuning.Training.Loop;
using MLTransfer.FineTuning.Training.Progress;
using MLTransfer.FineTuning.Training.Sampling;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Text.Batching;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Heads;

/// <summary>The features of rows as the backbone gives them before it is trained, from one pass of ONNX Runtime.</summary>
internal static class FeaturePass
{
    // A head needs no more to begin with, and a pass over all of a large data set would take as long as a third of an epoch.
    private const int MostRows = 20_000;
    private const long MostNumbers = 1 << 24;
    private const int BatchTokens = 1024;

    /// <summary>Computes features.</summary>
    /// <param name="rows">The rows; of very many a random part is taken.</param>
    /// <param name="tail">What computes the features from the rows' inputs; null: the features are among the inputs.</param>
    /// <param name="name">The name of the features.</param>
    /// <param name="dimension">Their number.</param>
    /// <param name="request">The request.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    /// <returns>Features <c>[rows, dimension]</c>, row by row, and which rows they are of.</returns>
    public static (float[] Features, int[] Rows) Run(
        LabelledRows rows, OnnxModel? tail, string name, int dimension, FineTuneRequest request, CancellationToken cancellation)
    {
        int[] chosen = Choose(rows.Labels.Length, (int)Math.Min(MostRows, MostNumbers / dimension), request.Seed);
        int[] lengths = new int[chosen.Length];
        for (int i = 0; i < lengths.Length; i++)
        {
            lengths[i] = rows.Inputs.Lengths[chosen[i]];
        }

        float[] features = new float[(long)chosen.Length * dimension];
        using PrefixSession? session = tail is null ? null : new PrefixSession(tail, [name], request.Inference);
        long done = 0;
        foreach (int[] batch in TokenBatches.Pack(lengths, new TokenBudget { Tokens = lengths.All(static length => length == 1) ? request.Options.BatchSize : BatchTokens, Rows = 128 }))
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            IReadOnlyDictionary<string, Tensor> inputs = rows.Inputs.Read(Array.ConvertAll(batch, at => chosen[at]), null);
            Tensor values = (session is null ? inputs : session.Run(inputs))[name].to(ScalarType.Float32).contiguous();
            ReadOnlySpan<float> numbers = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(values.bytes);
            for (int i = 0; i < batch.Length; i++)
            {
                numbers.Slice(i * dimension, dimension).CopyTo(features.AsSpan(batch[i] * dimension));
            }

            done += batch.Length;
            request.Progress?.Report(new TrainingProgress(TrainingStage.Head, done, chosen.Length));
        }

        return (features, chosen);
    }

    private static int[] Choose(int rows, int most, int seed)
    {
        int[] all = [.. Enumerable.Range(0, rows)];
        if (rows <= most)
        {
            return all;
        }

        SeededRandom.For(seed, RandomPurpose.Split, 1).Shuffle(all);
        return all[..most];
    }
}
