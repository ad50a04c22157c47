using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Heads;

/// <summary>Multinomial logistic regression on standardised features, from zero, by Adam over all rows at once.</summary>
/// <remarks>It stops where the loss of every fifth row, which is set aside for that, was least: a short path from zero does what a penalty on the weights does.</remarks>
internal static class FittedHead
{
    private const int MostSteps = 200;
    private const int Patience = 20;
    private const int LeastRowsToSplit = 25;
    private const double Rate = 0.02;

    // Standard deviations below this part of the mean are noise of rounding, not features.
    private const double LeastDeviation = 1e-5;

    /// <summary>Fits the head.</summary>
    /// <param name="features"><c>[rows, dimension]</c>, row by row.</param>
    /// <param name="dimension">The number of features.</param>
    /// <param name="labels">The class of each row.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="loss">From logits and labels to the mean loss.</param>
    public static StartingHead Fit(float[] features, int dimension, int[] labels, int classes, Func<Tensor, Tensor, Tensor> loss)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = tensor(features, [labels.Length, dimension]);
        Tensor y = tensor(Array.ConvertAll(labels, static label => (long)label));
        (Tensor mean, Tensor scale) = Standardization(x);
        x = (x - mean) * scale;

        // Rows of one class often lie together: every fifth row of each class.
        bool[] aside = EveryFifthOfEachClass(labels, classes);
        int steps = MostSteps / 4;
        if (labels.Length >= LeastRowsToSplit && aside.Contains(true))
        {
            Tensor validation = tensor(aside), training = validation.logical_not();
            steps = Descend(x[training], y[training], classes, MostSteps, loss, (x[validation], y[validation])).Steps;
        }

        Tensor weights = Descend(x, y, classes, steps, loss, null).Weights;

        // Back from standardised features: w · (x − mean) · scale + b.
        Tensor w = weights.narrow(1, 0, dimension) * scale;
        Tensor b = weights.select(1, dimension) - w.mv(mean);
        return new StartingHead(w.contiguous().data<float>().ToArray(), b.contiguous().data<float>().ToArray());
    }

    private static (Tensor Mean, Tensor Scale) Standardization(Tensor x)
    {
        Tensor mean = x.mean([0L]);
        Tensor deviation = (x - mean).square().mean([0L]).sqrt();
        Tensor scale = where(deviation > mean.abs() * LeastDeviation, deviation.reciprocal(), zeros_like(deviation));
        return (mean, scale);
    }

    private static bool[] EveryFifthOfEachClass(int[] labels, int classes)
    {
        int[] seen = new int[classes];
        return Array.ConvertAll(labels, label => seen[label]++ % 5 == 4);
    }

    // Weights: [classes, dimension + 1], the biases last. Returns those of the last step, and the number of steps after which validation was best.
    private static (Tensor Weights, int Steps) Descend(
        Tensor x, Tensor y, int classes, int steps, Func<Tensor, Tensor, Tensor> loss, (Tensor X, Tensor Y)? validation)
    {
        Parameter weights = new(zeros([classes, x.shape[1] + 1]));
        using optim.Optimizer optimizer = optim.Adam([weights], Rate);
        (double best, int bestSteps) = (double.PositiveInfinity, 1);
        for (int step = 1; step <= steps; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            optimizer.zero_grad();
            loss(Logits(x, weights), y).backward();
            optimizer.step();
            if (validation is not { } rows)
            {
                continue;
            }

            using IDisposable noGradient = no_grad();
            double measured = loss(Logits(rows.X, weights), rows.Y).ToDouble();
            if (measured < best)
            {
                (best, bestSteps) = (measured, step);
            }
            else if (step - bestSteps >= Patience)
            {
                break;
            }
        }

        return (weights.detach(), bestSteps);
    }

    private static Tensor Logits(Tensor x, Tensor weights) =>
        nn.functional.linear(x, weights.narrow(1, 0, x.shape[1]), weights.select(1, x.shape[1]));
}
