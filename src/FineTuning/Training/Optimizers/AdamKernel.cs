using System.Numerics;

namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>Adam and AdamW in one pass: each number of weight, gradient and moments is read once and written once.</summary>
internal static class AdamKernel
{
    /// <summary>Updates <paramref name="count"/> numbers.</summary>
    /// <param name="weight">Weights; updated.</param>
    /// <param name="gradient">Gradients.</param>
    /// <param name="mean">Running means of gradients; updated.</param>
    /// <param name="square">Running means of squared gradients; updated.</param>
    /// <param name="count">How many numbers.</param>
    /// <param name="step">The numbers of the step.</param>
    /// <param name="options">The constants of the rule.</param>
    public static unsafe void Update(float* weight, float* gradient, float* mean, float* square, long count, in StepCoefficients step, OptimizerOptions options)
    {
        bool decoupled = options.Kind == OptimizerKind.AdamW;
        float beta1 = (float)options.Beta1, beta2 = (float)options.Beta2;
        float rest1 = (float)(1 - options.Beta1), rest2 = (float)(1 - options.Beta2);
        float shrink = decoupled ? (float)(1 - (step.Rate * step.Decay)) : 1;
        float coupled = decoupled ? 0 : (float)step.Decay;
        float scale = (float)step.GradientScale;
        float rate = (float)(step.Rate / (1 - Math.Pow(options.Beta1, step.Step)));
        float correction = (float)(1 / Math.Sqrt(1 - Math.Pow(options.Beta2, step.Step)));
        float epsilon = (float)options.Epsilon;

        long i = 0;
        Vector<float> vScale = new(scale), vCoupled = new(coupled), vBeta1 = new(beta1), vBeta2 = new(beta2), vRest1 = new(rest1), vRest2 = new(rest2);
        Vector<float> vShrink = new(shrink), vRate = new(rate), vCorrection = new(correction), vEpsilon = new(epsilon);
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> w = Vector.Load(weight + i);
            Vector<float> g = (Vector.Load(gradient + i) * vScale) + (vCoupled * w);
            Vector<float> m = (vBeta1 * Vector.Load(mean + i)) + (vRest1 * g);
            Vector<float> v = (vBeta2 * Vector.Load(square + i)) + (vRest2 * g * g);
            m.Store(mean + i);
            v.Store(square + i);
            ((w * vShrink) - (vRate * m / ((Vector.SquareRoot(v) * vCorrection) + vEpsilon))).Store(weight + i);
        }

        for (; i < count; i++)
        {
            float g = (gradient[i] * scale) + (coupled * weight[i]);
            mean[i] = (beta1 * mean[i]) + (rest1 * g);
            square[i] = (beta2 * square[i]) + (rest2 * g * g);
            weight[i] = (weight[i] * shrink) - (rate * mean[i] / ((MathF.Sqrt(square[i]) * correction) + epsilon));
        }
    }
}
