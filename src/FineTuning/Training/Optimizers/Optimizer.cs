using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>Updates parameters by their gradients: each in one pass over memory, all of them in parallel.</summary>
internal sealed class Optimizer : IDisposable
{
    private const long Chunk = 1 << 15;

    private readonly OptimizerOptions _options;
    private readonly Slot[] _slots;

    /// <param name="parameters">What is trained.</param>
    /// <param name="options">The rule.</param>
    public Optimizer(IReadOnlyList<TrainedParameter> parameters, OptimizerOptions options)
    {
        _options = options;
        using IDisposable noGradient = no_grad();
        _slots = [.. parameters.Select(parameter => new Slot(
            parameter,
            zeros_like(parameter.Value).DetachFromDisposeScope(),
            options.Kind == OptimizerKind.Sgd ? null : zeros_like(parameter.Value).DetachFromDisposeScope()))];
    }

    /// <summary>The state by name, for checkpoints: moments of each parameter.</summary>
    public IEnumerable<(string Name, Tensor Value)> State => _slots.SelectMany(static slot => slot.Second is null
        ? [($"first.{slot.Parameter.Name}", slot.First)]
        : (IEnumerable<(string, Tensor)>)[($"first.{slot.Parameter.Name}", slot.First), ($"second.{slot.Parameter.Name}", slot.Second)]);

    /// <summary>How often each parameter was updated, in their order.</summary>
    public long[] Steps
    {
        get => [.. _slots.Select(static slot => slot.Steps)];
        set
        {
            for (int i = 0; i < _slots.Length; i++)
            {
                _slots[i].Steps = value[i];
            }
        }
    }

    /// <summary>Updates all parameters that have a gradient, and drops the gradients.</summary>
    /// <param name="rate">The learning rate of the schedule.</param>
    /// <param name="largestNorm">Gradients are scaled down so that their norm, all together, is at most this; null: as they are.</param>
    /// <returns>The norm of the gradients before clipping; null where it was not asked for.</returns>
    public double? Step(double rate, double? largestNorm)
    {
        // Each look at a gradient is a handle of its own that keeps its memory: without the scope, until the garbage collector finds it, many steps later.
        using DisposeScope scope = NewDisposeScope();
        Slot[] active = [.. _slots.Where(static slot => slot.Parameter.Value.grad is not null)];
        double? norm = largestNorm is null ? null : GradientNorm.Of(active.Select(static slot => slot.Parameter.Value.grad!));
        double scale = norm > largestNorm ? largestNorm.Value / (norm.Value + 1e-6) : 1;
        List<Action> work = [];
        foreach (Slot slot in active)
        {
            slot.Steps++;
            double decay = slot.Parameter.Decays ? _options.WeightDecay : 0;
            Plan(slot, new StepCoefficients(rate * slot.Parameter.RateFactor, decay, scale, slot.Steps), work);
        }

        Parallel.ForEach(work, static action => action());
        foreach (Slot slot in active)
        {
            slot.Parameter.Value.grad = null;
        }

        return norm;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Slot slot in _slots)
        {
            slot.First.Dispose();
            slot.Second?.Dispose();
        }
    }

    private unsafe void Plan(Slot slot, StepCoefficients step, List<Action> work)
    {
        Tensor weight = slot.Parameter.Value;
        Tensor gradient = weight.grad!;
        if (!DenseMemory.SameLayout(weight, gradient))
        {
            // A convolution may give its gradient in another layout than its weight has.
            using Tensor converted = zeros_like(weight);
            using (no_grad())
            {
                converted.copy_(gradient);
            }

            weight.grad = converted;
            gradient = weight.grad!;
        }

        float* w = DenseMemory.Of(weight), g = DenseMemory.Of(gradient), m = DenseMemory.Of(slot.First);
        float* v = slot.Second is null ? null : DenseMemory.Of(slot.Second);
        if (w is null || g is null || m is null || (v is null && slot.Second is not null))
        {
            ComposedUpdate.Update(slot.Parameter, gradient, slot.First, slot.Second, step, _options);
            return;
        }

        List<(long Start, long Count)> ranges = TouchedRows.Applies(slot.Parameter, _options)
            ? TouchedRows.Ranges(g, weight.shape)
            : [(0, weight.numel())];
        foreach ((long start, long count) in ranges)
        {
            for (long at = start; at < start + count; at += Chunk)
            {
                long from = at, length = Math.Min(Chunk, start + count - at);
                work.Add(_options.Kind == OptimizerKind.Sgd
                    ? () => SgdKernel.Update(w + from, g + from, m + from, length, step, _options)
                    : () => AdamKernel.Update(w + from, g + from, m + from, v + from, length, step, _options));
            }
        }
    }

    /// <summary>A parameter with its moments.</summary>
    private sealed class Slot(TrainedParameter parameter, Tensor first, Tensor? second)
    {
        public TrainedParameter Parameter => parameter;

        public Tensor First => first;

        public Tensor? Second => second;

        public long Steps { get; set; }
    }
}
