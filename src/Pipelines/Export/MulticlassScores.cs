using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Onnx;
using DataType = MLTransfer.Models.Onnx.Protos.TensorProto.Types.DataType;

namespace MLTransfer.Pipelines.Export;

/// <summary>Scores of models for several classes.</summary>
internal static class MulticlassScores
{
    /// <summary>Adds a model.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="features">Features, <c>[batch, length]</c>.</param>
    /// <param name="model">The model.</param>
    /// <param name="step">The step that it belongs to.</param>
    /// <returns>Scores as ML.NET gives them, <c>[batch, classes]</c>.</returns>
    /// <exception cref="UserException">The model is of a kind that cannot be written as ONNX.</exception>
    public static string Apply(GraphBuilder graph, string features, object model, SavedStep step) => model switch
    {
        MaximumEntropyModelParameters entropy => graph.Node("Softmax", [LinearScores(graph, features, entropy)], ("axis", 1L)),
        LinearMulticlassModelParameters linear => LinearScores(graph, features, linear),
        NaiveBayesMulticlassModelParameters bayes => NaiveBayes(graph, features, bayes),
        OneVersusAllModelParameters all => OneVersusAll(graph, features, SubModels(all), OneVersusAllProbe.Find(step, SubModels(all)), step),
        _ => throw new UserException($"{step.Description} is a {model.GetType().Name}, which cannot be written as ONNX."),
    };

    /// <summary>Adds one model a class, and what ML.NET makes of their outputs.</summary>
    public static string OneVersusAll(
        GraphBuilder graph, string features, IReadOnlyList<object> models, OneVersusAllFormula formula, SavedStep step)
    {
        CalibratedModelParametersBase[] calibrated = [.. models.OfType<CalibratedModelParametersBase>()];
        object[] bare = calibrated.Length == models.Count ? [.. calibrated.Select(static model => model.SubModel)] : [.. models];
        string margins = Margins.Apply(graph, features, bare, step);
        switch (formula)
        {
            case OneVersusAllFormula.Softmax:
                return graph.Node("Softmax", [margins], ("axis", 1L));
            case OneVersusAllFormula.Probabilities:
                string probabilities = Calibrators.Apply(graph, margins, [.. calibrated.Select(static model => model.Calibrator)]);
                string sum = graph.Reduce("ReduceSum", probabilities, [1], keepDims: true);

                // Where all probabilities are zero, they stay so.
                return graph.Node("Div", [probabilities, graph.Node("Max", [sum, graph.Scalar(float.Epsilon * (1 << 23))])]);
            default:
                return margins;
        }
    }

    private static string LinearScores(GraphBuilder graph, string features, LinearMulticlassModelParametersBase model)
    {
        VBuffer<float>[] weights = [];
        model.GetWeights(ref weights, out int classes);
        return Linear.Apply(graph, features, [.. weights.Take(classes).Select(static vector => vector.DenseValues().ToArray())], [.. model.GetBiases()]);
    }

    /// <summary>
    /// ML.NET's naive Bayes knows of a feature only whether it is positive. The logarithm of a class's probability is then linear in that.
    /// </summary>
    private static string NaiveBayes(GraphBuilder graph, string features, NaiveBayesMulticlassModelParameters model)
    {
        IReadOnlyList<long> labels = model.GetLabelHistogramLong();
        IReadOnlyList<IReadOnlyList<long>> counts = model.GetFeatureHistogramLong();
        double total = labels.Sum();
        int length = counts.First(static row => row is not null).Count;
        float[][] weights = new float[labels.Count][];
        float[] biases = new float[labels.Count];
        for (int c = 0; c < labels.Count; c++)
        {
            weights[c] = new float[length];
            double bias = Math.Log(labels[c] / total);
            for (int i = 0; labels[c] > 0 && i < length; i++)
            {
                double absent = Math.Log(labels[c] - counts[c][i] + 1);
                weights[c][i] = (float)(Math.Log(counts[c][i] + 1) - absent);
                bias += absent - Math.Log(labels[c] + labels.Count);
            }

            biases[c] = (float)bias;
        }

        string present = graph.Cast(graph.Node("Greater", [features, graph.Scalar(0f)]), DataType.Float);
        return Linear.Apply(graph, present, weights, biases);
    }

    private static ImmutableArray<object> SubModels(OneVersusAllModelParameters model) => SubModelParameters(model);

    /// <summary>ML.NET keeps the models of one against all to itself; there is no public way to them.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_SubModelParameters")]
    private static extern ImmutableArray<object> SubModelParameters(OneVersusAllModelParameters model);
}
