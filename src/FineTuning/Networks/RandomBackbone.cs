using MLTransfer.FineTuning.Export;
using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Import;
using MLTransfer.FineTuning.Import.Graphs;
using MLTransfer.FineTuning.Training.Sampling;
using MLTransfer.Models.Onnx;

namespace MLTransfer.FineTuning.Networks;

/// <summary>A backbone's architecture with weights that know nothing, drawn by the rule of their role.</summary>
/// <remarks>
/// Matrices: uniform in ± √(6 / (inputs + outputs)) (Glorot and Bengio 2010). Convolutions: uniform in ± √(6 / inputs of a filter) (He et al. 2015,
/// arXiv:1502.01852). Scales of norms, and vectors that something is multiplied with: ones; biases: zeros. Tables of embeddings, positions and
/// tokens: normal with a deviation of 0.02, as BERT and ViT begin. Running statistics: mean 0, variance 1.
/// </remarks>
internal static class RandomBackbone
{
    private const double TableDeviation = 0.02;

    // Places of random numbers that heads and adapters do not use.
    private const int FirstPlace = 1_000_000;

    private enum Role
    {
        Matrix,
        Filters,
        Table,
        One,
        Zero,
    }

    /// <summary>Draws all weights and resets running statistics.</summary>
    /// <param name="model">The backbone; it is not changed.</param>
    /// <param name="candidates">The initializers of the backbone's own file; null: all.</param>
    /// <param name="seed">The seed.</param>
    /// <returns>The model, and the names of the initializers that have other numbers.</returns>
    public static (OnnxModel Model, IReadOnlyCollection<string> Drawn) Draw(OnnxModel model, IReadOnlySet<string>? candidates, int seed)
    {
        ImportGraph graph = GraphReader.Read(model, null);
        WeightReaders readers = WeightReaders.Of(model.Proto.Graph);
        Dictionary<string, float[]> values = [];
        int place = FirstPlace;
        foreach (StoredTensor tensor in TrainableRule.Describe(graph).Where(tensor => tensor.Role != StoredTensorRole.Constant && candidates?.Contains(tensor.Name) != false))
        {
            (string Operator, int Input) reader = readers.Of(tensor.Name) is [{ } first, ..] ? (model.Proto.Graph.Node[first.Node].OpType, first.Input) : (tensor.UsedBy, 0);
            float[] numbers = new float[TensorShape.Count(tensor.Shape)];
            Fill(numbers, RoleOf(reader.Operator, reader.Input, tensor.Shape), tensor.Shape, SeededRandom.For(seed, RandomPurpose.Weights, place++));
            values[tensor.Name] = numbers;
        }

        return (StoredValues.Replace(model, values, StoredPrecision.Keep), values.Keys);
    }

    private static Role RoleOf(string reader, int input, IReadOnlyList<long> shape)
    {
        bool vector = shape.Count(static dim => dim > 1) <= 1;
        return (reader, input) switch
        {
            ("Gather" or "EmbedLayerNormalization", <= 4) => Role.Table,
            ("Conv" or "ConvTranspose" or "FusedConv" or "ConvInteger", 1) => Role.Filters,
            ("BatchNormalization", 1 or 4) => Role.One,
            ("LayerNormalization" or "InstanceNormalization" or "GroupNormalization" or "GroupNorm" or "RMSNormalization" or "SimplifiedLayerNormalization", 1) => Role.One,
            ("SkipLayerNormalization" or "SkipSimplifiedLayerNormalization", 2) or ("EmbedLayerNormalization", 5) => Role.One,
            (_, _) when reader.Contains("Norm", StringComparison.Ordinal) => Role.Zero,
            ("Mul" or "Div", _) => Role.One,
            ("Add" or "Sub", _) => vector ? Role.Zero : Role.Table,
            ("Concat" or "Expand" or "Slice" or "Where" or "Tile", _) => Role.Table,
            _ => vector ? Role.Zero : Role.Matrix,
        };
    }

    private static void Fill(float[] numbers, Role role, IReadOnlyList<long> shape, Random random)
    {
        // [filters, channels, kernel…]; a matrix may stand in either order, and the rule is the same for both.
        double inputs = TensorShape.Count(shape.Skip(1));
        double bound = role == Role.Filters ? Math.Sqrt(6 / inputs) : shape.Count < 2 ? 0 : Math.Sqrt(6.0 / (shape[^1] + shape[^2]));
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = role switch
            {
                Role.Matrix or Role.Filters => (float)(((2 * random.NextDouble()) - 1) * bound),
                Role.Table => (float)(TableDeviation * Normal(random)),
                Role.One => 1,
                _ => 0,
            };
        }
    }

    // Box and Muller 1958.
    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
