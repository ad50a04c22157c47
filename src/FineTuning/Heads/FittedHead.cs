using MLTransfer.FineTuning.Runtime;
using MLTransfer.FineTuning.Training.Progress;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Heads;

/// <summary>Multinomial logistic regression on standardised features with a penalty on the squared weights, by Nesterov's accelerated gradient descent.</summary>
/// <remarks>
/// The loss is convex and its curvature known, so that the step needs no search (Beck and Teboulle 2009, FISTA). The penalty is chosen on rows that are set aside: every
/// fifth row of each class, five times over where the rows are few.
/// </remarks>
internal static class FittedHead
{
    private const int Steps = 150;
    private const int Folds = 5;
    private const int FewRows = 2000;
    private const int LeastRowsToSplit = 10;
    private const double DefaultPenalty = 0.01;

    // Times half the squared weights, beside the mean loss. From strong to weak: each begins where the one before ended.
    private static readonly double[] Penalties = [1, 0.1, DefaultPenalty, 0.001];

    /// <summary>Fits the head.</summary>
    /// <param name="features"><c>[rows, dimension]</c>, row by row.</param>
    /// <param name="dimension">The number of features.</param>
    /// <param name="labels">The class of each row.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="loss">From logits and labels to the mean loss.</param>
    /// <param name="progress">Told of each fit; null: nobody.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    public static StartingHead Fit(
        float[] features, int dimension, int[] labels, int classes, Func<Tensor, Tensor, Tensor> loss, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        int folds = labels.Length < LeastRowsToSplit ? 0 : labels.Length <= FewRows ? Folds : 1;
        long fits = (folds + 1) * Penalties.Length, done = 0;
        void Fitted(long count) => progress?.Report(new TrainingProgress(TrainingStage.HeadFit, done += count, fits));

        Fitted(0);
        using OneThread? oneThread = OneThread.For((long)features.Length * classes);
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(features, [labels.Length, dimension]);
        Tensor y = tensor(Array.ConvertAll(labels, static label => (long)label));
        FeatureScale scale = FeatureScale.Of(x);
        x = cat([scale.Apply(x), ones(labels.Length, 1)], 1);

        double chosen = folds == 0 ? DefaultPenalty : ChoosePenalty(x, y, labels, classes, folds, loss, () => Fitted(1), cancellation);
        Tensor weights = Path(x, y, classes, Penalties[..(Array.IndexOf(Penalties, chosen) + 1)], loss, () => Fitted(1), cancellation).Last();
        Fitted(fits - done);
        return scale.Back(weights.narrow(1, 0, dimension), weights.select(1, dimension));
    }

    private static double ChoosePenalty(
        Tensor x, Tensor y, int[] labels, int classes, int folds, Func<Tensor, Tensor, Tensor> loss, Action fitted, CancellationToken cancellation)
    {
        double[] losses = new double[Penalties.Length];
        int[] foldOf = FoldsOf(labels, classes);
        for (int fold = 0; fold < folds; fold++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor aside = tensor(Array.ConvertAll(foldOf, other => other == fold)), kept = aside.logical_not();
            if (!foldOf.Contains(fold))
            {
                continue;
            }

            int i = 0;
            foreach (Tensor weights in Path(x[kept], y[kept], classes, Penalties, loss, fitted, cancellation))
            {
                losses[i++] += loss(Logits(x[aside], weights), y[aside]).ToNumber();
            }
        }

        return Penalties[Array.IndexOf(losses, losses.Min())];
    }

    // Rows of one class often lie together: the rows of each class are dealt out.
    private static int[] FoldsOf(int[] labels, int classes)
    {
        int[] seen = new int[classes];
        return Array.ConvertAll(labels, label => seen[label]++ % Folds);
    }

    /// <summary>The weights <c>[classes, dimension + 1]</c> for each penalty; the last column has the biases, which go without a penalty.</summary>
    private static IEnumerable<Tensor> Path(
        Tensor x, Tensor y, int classes, double[] penalties, Func<Tensor, Tensor, Tensor> loss, Action fitted, CancellationToken cancellation)
    {
        Tensor weights = zeros(classes, x.shape[1]);
        Tensor penalized = ones(1, x.shape[1]);
        penalized[0, x.shape[1] - 1] = 0;
        double curvature = Curvature(x);
        foreach (double penalty in penalties)
        {
            weights = Descend(x, y, weights, penalized.Times(penalty), 1 / (curvature + penalty), loss, cancellation);
            fitted();
            yield return weights;
        }
    }

    private static Tensor Descend(Tensor x, Tensor y, Tensor first, Tensor penalties, double rate, Func<Tensor, Tensor, Tensor> loss, CancellationToken cancellation)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor weights = first, ahead = first;
        double momentum = 1;
        for (int step = 0; step < Steps; step++)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope stepScope = NewDisposeScope(); // the logits of all rows are large
            Tensor point = ahead.detach().requires_grad_(true);
            loss(Logits(x, point), y).backward();
            using IDisposable noGradient = no_grad();
            Tensor next = ahead - point.grad!.Plus(ahead * penalties).Times(rate);
            double after = (1 + Math.Sqrt(1 + (4 * momentum * momentum))) / 2;
            ahead = next.Plus((next - weights).Times((momentum - 1) / after)).MoveToOuterDisposeScope();
            (weights, momentum) = (next.MoveToOuterDisposeScope(), after);
        }

        return weights.MoveToOuterDisposeScope();
    }

    /// <summary>The largest curvature of the mean cross-entropy: half the largest eigenvalue of xᵀx / rows (Böhning 1992), by power iteration.</summary>
    private static double Curvature(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        const int Iterations = 30;
        const double Margin = 1.05; // it comes from below
        Tensor v = ones(x.shape[1]).Over(Math.Sqrt(x.shape[1]));
        double eigenvalue = 1;
        for (int i = 0; i < Iterations; i++)
        {
            Tensor next = x.t().mv(x.mv(v)).Over(x.shape[0]);
            eigenvalue = next.norm().ToNumber();
            v = next.Over(Math.Max(eigenvalue, double.Epsilon));
        }

        return Math.Max(eigenvalue * Margin / 2, 1e-6);
    }

    private static Tensor Logits(Tensor x, Tensor weights) => nn.functional.linear(x, weights);
}
