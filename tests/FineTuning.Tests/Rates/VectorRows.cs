using MLTransfer.FineTuning.Training.Loop;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Rates;

/// <summary>Given vectors.</summary>
internal sealed class VectorRows(float[][] vectors) : ITrainingInputs
{
    private readonly int[] _lengths = [.. vectors.Select(static _ => 1)];

    public ReadOnlySpan<int> Lengths => _lengths;

    public IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch)
    {
        List<float> values = [];
        foreach (int row in rows)
        {
            values.AddRange(vectors[row]);
        }

        return new Dictionary<string, Tensor> { ["x"] = tensor(values.ToArray(), [rows.Length, vectors[0].Length]) };
    }
}
