using Microsoft.ML;
using MLTransfer.Pipelines.Heads.Tuning;

namespace MLTransfer.Pipelines.Heads;

/// <summary>A fitted head.</summary>
/// <param name="Model">Stock transforms from the feature column to <c>PredictedLabel</c> (text), <c>Score</c> and, with two classes in a binary task, <c>Probability</c>. It needs no label.</param>
/// <param name="Options">The options in force: with what a cross-validation chose, and not tuned again. Fitting them on the same rows gives the same model.</param>
/// <param name="Tuning">What the cross-validation tried; empty without one.</param>
internal sealed record FittedHead(ITransformer Model, HeadOptions Options, IReadOnlyList<TuningStep> Tuning);
