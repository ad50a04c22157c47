using System.Numerics;
using MLTransfer.FineTuning.Runtime;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>The Euclidean norm of all gradients together.</summary>
internal static class GradientNorm
{
    private const long Chunk = 1 << 16;

    /// <summary>Computes the norm. Sums are taken in a fixed order, so that the same gradients give the same bits whatever the number of threads.</summary>
    public static unsafe double Of(IEnumerable<Tensor> gradients)
    {
        double sum = 0;
        foreach (Tensor gradient in gradients)
        {
            float* memory = DenseMemory.Of(gradient);
            if (memory is null)
            {
                using Tensor norm = gradient.norm();
                sum += Math.Pow(norm.ToNumber(), 2);
                continue;
            }

            long count = gradient.numel();
            double[] parts = new double[(count + Chunk - 1) / Chunk];
            Parallel.For(0, parts.Length, part => parts[part] = SumOfSquares(memory + (part * Chunk), Math.Min(Chunk, count - (part * Chunk))));
            sum += parts.Sum();
        }

        return Math.Sqrt(sum);
    }

    private static unsafe double SumOfSquares(float* memory, long count)
    {
        Vector<float> sums = Vector<float>.Zero;
        long i = 0;
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> values = Vector.Load(memory + i);
            sums += values * values;
        }

        double sum = Vector.Sum(sums);
        for (; i < count; i++)
        {
            sum += (double)memory[i] * memory[i];
        }

        return sum;
    }
}
