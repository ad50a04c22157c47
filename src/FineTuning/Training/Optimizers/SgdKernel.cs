using System.Numerics;

namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>SGD with momentum, plain or Nesterov's, in one pass over memory. As PyTorch's: the velocity begins as the first gradient.</summary>
internal static class SgdKernel
{
    /// <summary>Updates <paramref name="count"/> numbers.</summary>
    /// <param name="weight">Weights; updated.</param>
    /// <param name="gradient">Gradients.</param>
    /// <param name="velocity">Running sum of gradients; updated. It begins with zeros.</param>
    /// <param name="count">How many numbers.</param>
    /// <param name="step">The numbers of the step.</param>
    /// <param name="options">The constants of the rule.</param>
    public static unsafe void Update(float* weight, float* gradient, float* velocity, long count, in StepCoefficients step, OptimizerOptions options)
    {
        float momentum = (float)options.Momentum, rate = (float)step.Rate, decay = (float)step.Decay, scale = (float)step.GradientScale;

        // w -= rate · (keep · g + carry · velocity)
        float keep = options.Nesterov ? 1 : 0, carry = options.Nesterov ? momentum : 1;
        long i = 0;
        Vector<float> vMomentum = new(momentum), vRate = new(rate), vDecay = new(decay), vScale = new(scale), vKeep = new(keep), vCarry = new(carry);
        for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> w = Vector.Load(weight + i);
            Vector<float> g = (Vector.Load(gradient + i) * vScale) + (vDecay * w);
            Vector<float> v = (vMomentum * Vector.Load(velocity + i)) + g;
            v.Store(velocity + i);
            (w - (vRate * ((vKeep * g) + (vCarry * v)))).Store(weight + i);
        }

        for (; i < count; i++)
        {
            float g = (gradient[i] * scale) + (decay * weight[i]);
            velocity[i] = (momentum * velocity[i]) + g;
            weight[i] -= rate * ((keep * g) + (carry * velocity[i]));
        }
    }
}
