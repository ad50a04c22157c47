using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using MLTransfer.Pipelines.Heads;
using MLTransfer.Pipelines.Heads.Trainers;

namespace MLTransfer.Pipelines.Tests.Heads.Trainers;

public sealed class LbfgsHeadTests
{
    private readonly MLContext _ml = new(seed: 1);

    /// <summary>At the optimum of Σ loss + L2 / 2 · ‖w‖² the gradient is 0: this ties the weight to scikit-learn's 1 / C, and shows convergence.</summary>
    [Theory]
    [InlineData(0.1f)]
    [InlineData(1f)]
    [InlineData(30f)]
    public void Fit_AnyRegularization_EndsWhereTheGradientIsZero(float weight)
    {
        Clouds.Row[] rows = Clouds.Rows(3, 120, spread: 1.5);
        var head = new LbfgsHead { L2Regularization = weight, Normalization = FeatureNormalization.None };
        ITransformer model = new ClassifierHead(head, HeadTask.MulticlassClassification, Clouds.Names[..3], seed: 1).Fit(_ml.Data.LoadFromEnumerable(rows));
        MaximumEntropyModelParameters solution = ((TransformerChain<ITransformer>)model).OfType<MulticlassPredictionTransformer<MaximumEntropyModelParameters>>().Single().Model;
        VBuffer<float>[] buffers = null!;
        solution.GetWeights(ref buffers, out int classes);
        double[][] weights = [.. buffers.Select(buffer => buffer.DenseValues().Select(value => (double)value).ToArray())];
        double[] biases = [.. solution.GetBiases().Select(value => (double)value)];

        double worst = 0;
        for (int k = 0; k < classes; k++)
        {
            double[] gradient = [.. weights[k].Select(value => value * weight)];
            double biasGradient = 0;
            foreach (Clouds.Row row in rows)
            {
                double[] logits = [.. Enumerable.Range(0, classes).Select(c => biases[c] + weights[c].Zip(row.Features, (w, x) => w * x).Sum())];
                double error = Math.Exp(logits[k]) / logits.Sum(Math.Exp) - (row.Label == Clouds.Names[k] ? 1 : 0);
                biasGradient += error;
                for (int j = 0; j < gradient.Length; j++)
                    gradient[j] += error * row.Features[j];
            }
            worst = Math.Max(worst, gradient.Append(biasGradient).Max(Math.Abs));
        }
        // Against the gradient at the start, w = 0, which is about rows / classes · feature.
        Assert.True(worst < 0.005 * rows.Length, $"gradient {worst}");
    }

    [Fact]
    public void Fit_FromANeighboursSolution_ReachesTheSameOptimum()
    {
        IDataView view = Clouds.View(_ml, 3, 120, spread: 1.5);
        var fitting = new HeadFitting(HeadTask.MulticlassClassification, Clouds.Names[..3], "Features", Seed: 1);
        HeadRows rows = HeadRows.Read(view, fitting.Classes, "Label", "Features", TestContext.Current.CancellationToken);
        var strong = new LbfgsHead { L2Regularization = 100 };
        var weak = new LbfgsHead { L2Regularization = 1 };

        HeadFitting.Fitted fresh = fitting.Fit(weak, rows, null, null, TestContext.Current.CancellationToken);
        HeadFitting.Fitted first = fitting.Fit(strong, rows, null, null, TestContext.Current.CancellationToken);
        HeadFitting.Fitted warm = fitting.Fit(weak, rows, null, first.Trained, TestContext.Current.CancellationToken);

        float[] expected = Scores(fresh.Model, view);
        float[] reached = Scores(warm.Model, view);
        Assert.True(expected.Zip(reached, (a, b) => Math.Abs(a - b)).Max() < 5e-3);
        Assert.True(expected.Zip(Scores(first.Model, view), (a, b) => Math.Abs(a - b)).Max() > 0.05); // the two problems differ
    }

    [Fact]
    public void Fit_BinaryFromANeighboursSolution_ReachesTheSameOptimum()
    {
        IDataView view = Clouds.View(_ml, 2, 120, spread: 1.5);
        var fitting = new HeadFitting(HeadTask.BinaryClassification, Clouds.Names[..2], "Features", Seed: 1);
        HeadRows rows = HeadRows.Read(view, fitting.Classes, "Label", "Features", TestContext.Current.CancellationToken);
        var strong = new LbfgsHead { L2Regularization = 100 };
        var weak = new LbfgsHead { L2Regularization = 1 };

        float[] Probabilities(HeadFitting.Fitted head) => [.. head.Model.Transform(view).GetColumn<float>("Probability")];
        HeadFitting.Fitted first = fitting.Fit(strong, rows, null, null, TestContext.Current.CancellationToken);
        float[] expected = Probabilities(fitting.Fit(weak, rows, null, null, TestContext.Current.CancellationToken));
        float[] reached = Probabilities(fitting.Fit(weak, rows, null, first.Trained, TestContext.Current.CancellationToken));

        Assert.True(expected.Zip(reached, (a, b) => Math.Abs(a - b)).Max() < 5e-3);
        Assert.True(expected.Zip(Probabilities(first), (a, b) => Math.Abs(a - b)).Max() > 0.05);
    }

    private static float[] Scores(ITransformer model, IDataView rows) =>
        [.. model.Transform(rows).GetColumn<float[]>("Score").SelectMany(score => score)];
}
