using MLTransfer.FineTuning.Heads;
using MLTransfer.FineTuning.Runtime;

namespace MLTransfer.FineTuning.Tests.Heads;

public class RidgeHeadTests
{
    public RidgeHeadTests() => TorchRuntime.EnsureAvailable();

    // The normal equations, solved anew without each row and for each penalty.
    [Theory]
    [InlineData(30, 4, 0.5)]
    [InlineData(30, 4, 5)]
    [InlineData(12, 40, 0.5)]
    public void Fit_Rows_IsTheSolutionWithTheSmallestErrorOnRowsLeftOut(int rows, int dimension, double noise)
    {
        (float[] features, float[] targets) = Draw(1, rows, dimension, noise);
        double[][] x = Standardised(features, dimension);
        double[] errors = [.. RidgeHead.Penalties.Select(penalty => Enumerable.Range(0, rows).Average(row =>
        {
            (double[] w, double b) = Solve(x, targets, penalty * rows, row);
            return Math.Pow(targets[row] - b - Dot(w, x[row]), 2);
        }))];
        int best = Array.IndexOf(errors, errors.Min());
        (double[] weights, double bias) = Solve(x, targets, RidgeHead.Penalties[best] * rows, leftOut: -1);

        StartingHead head = RidgeHead.Fit(features, dimension, targets);

        Assert.All(features.Chunk(dimension).Zip(x), row => Assert.Equal(bias + Dot(weights, row.Second), Predict(head, row.First), 1e-4));
        Assert.True(errors.Order().ElementAt(1) > errors[best] * 1.00001, "Two penalties are as good, so that this proves nothing.");
    }

    [Fact]
    public void Fit_LinearTargets_FindsTheirWeights()
    {
        const int Dimension = 5;
        float[] units = [1000, 0.001f, 1, 7, 50], offsets = [3000, 0.01f, 0, -5, 20];
        float[] planted = [0.002f, -1500, 0.5f, 0.1f, 0];
        float[] features = [.. Draw(2, 200, Dimension, 0).Features.Select((value, i) => (value * units[i % Dimension]) + offsets[i % Dimension])];
        float[] targets = [.. features.Chunk(Dimension).Select(row => 3 + row.Zip(planted).Sum(static pair => pair.First * pair.Second))];

        StartingHead head = RidgeHead.Fit(features, Dimension, targets);

        // The weakest penalty takes a thousandth of each.
        Assert.All(head.Weights.Zip(planted).Zip(units), static pair => Assert.Equal(pair.First.Second * pair.Second, pair.First.First * pair.Second, 0.01));
        Assert.All(features.Chunk(Dimension).Zip(targets), row => Assert.Equal(row.Second, Predict(head, row.First), 0.05));
    }

    [Fact]
    public void Fit_TargetsWithoutAnyRelation_StaysNearTheirMean()
    {
        const int Dimension = 20;
        float[] features = Draw(3, 300, Dimension, 0).Features;
        Random random = new(4);
        float[] targets = [.. Enumerable.Range(0, 300).Select(_ => 7 + (float)Normal(random))];

        StartingHead head = RidgeHead.Fit(features, Dimension, targets);

        Assert.All(head.Weights, static weight => Assert.InRange(weight, -0.05f, 0.05f));
        Assert.Equal(7, head.Biases.Single(), 0.2f);
    }

    [Fact]
    public void Fit_FeatureThatIsAlwaysTheSame_HasNoWeight()
    {
        const int Dimension = 4;
        (float[] features, float[] targets) = Draw(5, 50, Dimension, 0.1);
        for (int i = 2; i < features.Length; i += Dimension)
        {
            features[i] = 5;
        }

        StartingHead head = RidgeHead.Fit(features, Dimension, targets);

        Assert.Equal(0, head.Weights[2]);
        Assert.All(head.Weights, static weight => Assert.True(float.IsFinite(weight)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Fit_NextToNoRows_GivesTheirMean(int rows)
    {
        (float[] features, float[] targets) = Draw(6, rows, 3, 0);

        StartingHead head = RidgeHead.Fit(features, 3, targets);

        Assert.Equal(targets.Average(), features.Chunk(3).Average(row => Predict(head, row)), 1e-4);
    }

    // The sum of the features with falling weights, and noise.
    private static (float[] Features, float[] Targets) Draw(int seed, int rows, int dimension, double noise)
    {
        Random random = new(seed);
        float[] features = [.. Enumerable.Range(0, rows * dimension).Select(_ => (float)Normal(random))];
        float[] targets = [.. features.Chunk(dimension).Select(row => (float)(row.Select(static (value, i) => value / (i + 1.0)).Sum() + (noise * Normal(random))))];
        return (features, targets);
    }

    private static double[][] Standardised(float[] features, int dimension)
    {
        double[][] rows = [.. features.Chunk(dimension).Select(static row => row.Select(static value => (double)value).ToArray())];
        for (int i = 0; i < dimension; i++)
        {
            double mean = rows.Average(row => row[i]), deviation = Math.Sqrt(rows.Average(row => Math.Pow(row[i] - mean, 2)));
            foreach (double[] row in rows)
            {
                row[i] = (row[i] - mean) / deviation;
            }
        }

        return rows;
    }

    // Of (XᵀX + penalty) w = Xᵀy, where the last column of X is 1 and goes without a penalty; by Gauss and Jordan.
    private static (double[] Weights, double Bias) Solve(double[][] x, float[] y, double penalty, int leftOut)
    {
        int n = x[0].Length + 1;
        double[,] a = new double[n, n + 1];
        for (int row = 0; row < x.Length; row++)
        {
            double[] extended = [.. x[row], 1];
            for (int i = 0; i < n && row != leftOut; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    a[i, j] += extended[i] * extended[j];
                }

                a[i, n] += extended[i] * y[row];
            }
        }

        for (int i = 0; i < n - 1; i++)
        {
            a[i, i] += penalty;
        }

        for (int i = 0; i < n; i++)
        {
            for (int row = 0; row < n; row++)
            {
                double factor = row == i ? 0 : a[row, i] / a[i, i];
                for (int j = i; j <= n && row != i; j++)
                {
                    a[row, j] -= factor * a[i, j];
                }
            }
        }

        double[] solution = [.. Enumerable.Range(0, n).Select(i => a[i, n] / a[i, i])];
        return (solution[..^1], solution[^1]);
    }

    private static double Predict(StartingHead head, float[] row) => head.Biases.Single() + row.Zip(head.Weights).Sum(static pair => (double)pair.First * pair.Second);

    private static double Dot(double[] a, double[] b) => a.Zip(b).Sum(static pair => pair.First * pair.Second);

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
