using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>The same rules as compositions of tensor operations, for parameters that are not in the processor's memory.</summary>
internal static class ComposedUpdate
{
    /// <summary>Updates a parameter and its moments.</summary>
    public static void Update(TrainedParameter parameter, Tensor gradient, Tensor first, Tensor? second, in StepCoefficients step, OptimizerOptions options)
    {
        using IDisposable noGradient = no_grad();
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        if (!TouchedRows.Applies(parameter, options))
        {
            Update(parameter.Value, gradient, first, second, step, options);
            return;
        }

        // The touched rows, one behind the other, and back.
        Tensor rows = gradient.ne(0).any(1).nonzero().squeeze(1);
        Tensor[] all = [parameter.Value, first, .. second is null ? (Tensor[])[] : [second]];
        Tensor[] touched = [.. all.Select(tensor => tensor.index_select(0, rows))];
        Update(touched[0], gradient.index_select(0, rows), touched[1], touched.ElementAtOrDefault(2), step, options);
        for (int i = 0; i < all.Length; i++)
        {
            all[i].index_copy_(0, rows, touched[i]);
        }
    }

    private static void Update(Tensor weight, Tensor gradient, Tensor first, Tensor? second, in StepCoefficients step, OptimizerOptions options)
    {
        Tensor g = step.GradientScale == 1 ? gradient : gradient * step.GradientScale;
        if (options.Kind != OptimizerKind.AdamW && step.Decay != 0)
        {
            g += weight * step.Decay;
        }

        if (options.Kind == OptimizerKind.Sgd)
        {
            first.mul_(options.Momentum).add_(g);
            weight.sub_((options.Nesterov ? g + (first * options.Momentum) : first) * step.Rate);
            return;
        }

        if (options.Kind == OptimizerKind.AdamW)
        {
            weight.mul_(1 - (step.Rate * step.Decay));
        }

        first.mul_(options.Beta1).add_(g * (1 - options.Beta1));
        second!.mul_(options.Beta2).add_(g * g * (1 - options.Beta2));
        Tensor root = (second.sqrt() / Math.Sqrt(1 - Math.Pow(options.Beta2, step.Step))) + options.Epsilon;
        weight.sub_(first / root * (step.Rate / (1 - Math.Pow(options.Beta1, step.Step))));
    }
}
