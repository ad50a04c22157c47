using System.Numerics.Tensors;

namespace MLTransfer.FineTuning.Freezing.Adapters;

/// <summary>Weight + scale · B · A in plain numbers, so that an adapter is merged without TorchSharp, and everywhere to the same bits.</summary>
internal static class LowRankSum
{
    /// <summary>The merged weight, in the layout of the stored one.</summary>
    /// <param name="weight">The stored weight, row by row.</param>
    /// <param name="pair">Its adapter.</param>
    /// <param name="rank">The rank.</param>
    /// <param name="scale">What B · A is multiplied with.</param>
    public static float[] Of(ReadOnlySpan<float> weight, LoraPair pair, int rank, double scale)
    {
        bool turned = pair.Target.Form == LoraForm.InputsByOutputs;
        long[] shapeOfB = pair.Target.ShapeOfB(rank);
        int outputs = (int)shapeOfB[^2];
        int matrices = (int)TensorShape.Count(shapeOfB.SkipLast(2));
        int inputs = weight.Length / (outputs * matrices);
        float[] merged = weight.ToArray();
        float[] row = new float[inputs];
        for (int matrix = 0; matrix < matrices; matrix++)
        {
            ReadOnlySpan<float> a = pair.A.AsSpan(matrix * rank * inputs, rank * inputs);
            ReadOnlySpan<float> b = pair.B.AsSpan(matrix * outputs * rank, outputs * rank);
            Span<float> target = merged.AsSpan(matrix * inputs * outputs, inputs * outputs);
            for (int o = 0; o < outputs; o++)
            {
                // row = scale · Σ b[o, r] · a[r, ·]
                Array.Clear(row);
                for (int r = 0; r < rank; r++)
                {
                    TensorPrimitives.MultiplyAdd(a.Slice(r * inputs, inputs), (float)(scale * b[(o * rank) + r]), row, row);
                }

                for (int i = 0; i < inputs; i++)
                {
                    target[turned ? (i * outputs) + o : (o * inputs) + i] += row[i];
                }
            }
        }

        return merged;
    }
}
