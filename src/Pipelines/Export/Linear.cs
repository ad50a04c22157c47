using MLTransfer.Models.Onnx;

namespace MLTransfer.Pipelines.Export;

/// <summary>Linear models as one matrix product.</summary>
internal static class Linear
{
    /// <summary>Adds x · W + b.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="features">x, <c>[batch, length]</c>.</param>
    /// <param name="weights">One vector a class.</param>
    /// <param name="biases">One number a class.</param>
    /// <returns>Scores, <c>[batch, classes]</c>.</returns>
    public static string Apply(GraphBuilder graph, string features, IReadOnlyList<IReadOnlyList<float>> weights, IReadOnlyList<float> biases)
    {
        int classes = weights.Count;
        int length = weights[0].Count;

        // [length, classes]: MatMul's layout
        float[] matrix = new float[length * classes];
        for (int c = 0; c < classes; c++)
        {
            for (int i = 0; i < length; i++)
            {
                matrix[(i * classes) + c] = weights[c][i];
            }
        }

        string product = graph.Node("MatMul", [features, graph.Floats("weights", [length, classes], matrix)]);
        return graph.Node("Add", [product, graph.Floats("biases", [classes], [.. biases])]);
    }
}
