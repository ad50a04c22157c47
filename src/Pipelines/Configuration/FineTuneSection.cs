using MLTransfer.FineTuning;

namespace MLTransfer.Pipelines.Configuration;

/// <summary>How a backbone is trained together with its head, and what the result is compared with: the section <c>fineTune</c> of a pipeline.</summary>
internal sealed record FineTuneSection : FineTuneOptions
{
    /// <summary>
    /// What is trained beside, with the same rows and seed, and measured on the same test rows: <c>scratch</c>, the same architecture from random
    /// weights, all of which train, with the same options; <c>frozen</c>, logistic regression on the features of the backbone as it is; or a list of
    /// both. The default value is null: nothing.
    /// </summary>
    public BaselineChoice? Baseline { get; init; }
}
