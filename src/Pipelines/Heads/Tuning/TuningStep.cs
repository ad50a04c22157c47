namespace MLTransfer.Pipelines.Heads.Tuning;

/// <summary>What a cross-validation found of one candidate.</summary>
/// <param name="Number">The candidate's number, from 1.</param>
/// <param name="Count">How many candidates there are; the last are left out when they get worse and worse.</param>
/// <param name="Options">The candidate.</param>
/// <param name="Accuracy">The mean accuracy over the folds.</param>
/// <param name="LogLoss">The mean log loss over the folds; null where the scores are no probabilities.</param>
internal sealed record TuningStep(int Number, int Count, HeadOptions Options, double Accuracy, double? LogLoss);
