using TorchSharp.Modules;

namespace MLTransfer.FineTuning.Training.Optimizers;

/// <summary>A parameter and how the optimizer treats it.</summary>
/// <param name="Name">The name of its initializer, or of the head's part.</param>
/// <param name="Value">The parameter.</param>
internal sealed record TrainedParameter(string Name, Parameter Value)
{
    /// <summary>Its learning rate divided by that of the schedule.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>Whether weight decay applies to it.</summary>
    public bool Decays { get; init; } = true;

    /// <summary>Whether it is a table whose rows are looked up: <c>[entries, width]</c>.</summary>
    public bool IsTable { get; init; }

    /// <summary>The first epoch, counted from 0, in which it trains.</summary>
    public int FirstEpoch { get; init; }
}
