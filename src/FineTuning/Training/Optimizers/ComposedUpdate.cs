using MLTransfer.FineTuning.Runtime;
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
        Tensor rows = gradient.Ne(0).any(1).nonzero().squeeze(1);
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
        Tensor g = step.GradientScale == 1 ? gradient : gradient.Times(step.GradientScale);
        if (options.Kind != OptimizerKind.AdamW && step.Decay != 0)
        {
            g = g.Plus(weight.Times(step.Decay));
        }

        if (options.Kind == OptimizerKind.Sgd)
        {
            first.TimesInPlace(options.Momentum).PlusInPlace(g);
            weight.sub_((options.Nesterov ? g.Plus(first.Times(options.Momentum)) : first).Times(step.Rate));
            return;
        }

        if (options.Kind == OptimizerKind.AdamW)
        {
            weight.TimesInPlace(1 - (step.Rate * step.Decay));
        }

        first.TimesInPlace(options.Beta1).PlusInPlace(g.Times(1 - options.Beta1));
        second!.TimesInPlace(options.Beta2).PlusInPlace((g * g).Times(1 - options.Beta2));
        Tensor root = second!.sqrt().Over(Math.Sqrt(1 - Math.Pow(options.Beta2, step.Step))).Plus(options.Epsilon);
        weight.sub_((first / root).Times(step.Rate / (1 - Math.Pow(options.Beta1, step.Step))));
    }
}
