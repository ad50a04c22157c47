using MLTransfer.FineTuning.Training.Loop;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Training;

/// <summary>Points in a plane; the class is the side of a line.</summary>
internal sealed class TinyRows : ITrainingInputs
{
    private readonly float[][] _points;
    private readonly int[] _lengths;

    private TinyRows(float[][] points)
    {
        _points = points;
        _lengths = [.. points.Select(static (_, row) => 1 + (row % 5))];
    }

    public ReadOnlySpan<int> Lengths => _lengths;

    public static LabelledRows Make(int count, int seed = 1, Action<float[][]>? change = null)
    {
        Random random = new(seed);
        float[][] points = [.. Enumerable.Range(0, count).Select(_ => new[] { random.NextSingle() - 0.5f, random.NextSingle() - 0.5f })];
        int[] labels = [.. points.Select(static point => point[0] + (0.3f * point[1]) > 0 ? 1 : 0)];
        change?.Invoke(points);
        return new LabelledRows(new TinyRows(points), labels);
    }

    public IReadOnlyDictionary<string, Tensor> Read(ReadOnlySpan<int> rows, int? epoch)
    {
        List<float> values = [];
        foreach (int row in rows)
        {
            values.AddRange(_points[row]);
        }

        return new Dictionary<string, Tensor> { ["x"] = tensor(values.ToArray(), [rows.Length, 2]) };
    }
}
