using MLTransfer.FineTuning.Training.Sampling;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.FineTuning.Freezing.Adapters;

/// <summary>The two matrices of a weight's adapter.</summary>
/// <param name="Target">The weight.</param>
/// <param name="A">Of <see cref="LoraTarget.ShapeOfA"/>, row by row.</param>
/// <param name="B">Of <see cref="LoraTarget.ShapeOfB"/>, row by row.</param>
internal sealed record LoraPair(LoraTarget Target, float[] A, float[] B);

/// <summary>The adapters of a backbone.</summary>
/// <param name="Rank">The rank of all of them.</param>
/// <param name="Alpha">Their alpha.</param>
/// <param name="Pairs">The matrices.</param>
internal sealed record LoraWeights(int Rank, double Alpha, IReadOnlyList<LoraPair> Pairs)
{
    private readonly Dictionary<string, string> _targets = Pairs
        .SelectMany(static pair => new[] { (pair.Target.A, pair.Target.Weight), (pair.Target.B, pair.Target.Weight) })
        .ToDictionary(static entry => entry.Item1, static entry => entry.Item2);

    /// <summary>What B · A is multiplied with.</summary>
    public double Scale => Alpha / Rank;

    /// <summary>The first values: A uniform in ± 1 / √inputs (Kaiming-uniform as PyTorch's Linear has it), B zero.</summary>
    /// <param name="options">The options.</param>
    /// <param name="targets">The weights.</param>
    /// <param name="seed">The seed of the training.</param>
    public static LoraWeights Begin(LoraOptions options, IReadOnlyList<LoraTarget> targets, int seed) =>
        new(options.Rank, options.Alpha, [.. targets.Select((target, i) => new LoraPair(target, First(target, options.Rank, seed, i + 1), new float[TensorShape.Count(target.ShapeOfB(options.Rank))]))]);

    /// <summary>The weight that a matrix belongs to; null where the name is not one of an adapter's.</summary>
    public string? TargetOf(string matrix) => _targets.GetValueOrDefault(matrix);

    /// <summary>Other values of the same adapters.</summary>
    /// <param name="values">From the name of a matrix to its values.</param>
    public LoraWeights With(Func<string, float[]> values) => this with { Pairs = [.. Pairs.Select(pair => pair with { A = values(pair.Target.A), B = values(pair.Target.B) })] };

    /// <summary>The merged weights by name.</summary>
    /// <param name="model">The backbone.</param>
    public IReadOnlyDictionary<string, (float[] Values, long[] Shape)> Merge(OnnxModel model)
    {
        Dictionary<string, TensorProto> stored = model.Proto.Graph.Initializer.ToDictionary(static tensor => tensor.Name);
        return Pairs.ToDictionary(
            static pair => pair.Target.Weight,
            pair => (LowRankSum.Of(TensorData.ToFloats(stored[pair.Target.Weight], model.Directory), pair, Rank, Scale), pair.Target.Shape.ToArray()));
    }

    private static float[] First(LoraTarget target, int rank, int seed, int place)
    {
        // Place 0 is the head's.
        Random random = SeededRandom.For(seed, RandomPurpose.Weights, place);
        long[] shape = target.ShapeOfA(rank);
        long inputs = target.Form == LoraForm.Filters ? TensorShape.Count(shape.Skip(1)) : shape[^1];
        double bound = 1 / Math.Sqrt(inputs);
        float[] values = new float[TensorShape.Count(shape)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(((2 * random.NextDouble()) - 1) * bound);
        }

        return values;
    }
}
