using MLTransfer.FineTuning.Training.Progress;

namespace MLTransfer.FineTuning.Training.Loop;

/// <summary>What came of a training; the weights are in the network.</summary>
/// <param name="Measures">What was measured after each epoch.</param>
/// <param name="KeptEpoch">The epoch whose weights were kept, from 1; that of the last one where weights were averaged.</param>
/// <param name="StoppedEarly">Whether the metric ended it.</param>
internal sealed record TrainingOutcome(IReadOnlyList<EpochMeasure> Measures, int KeptEpoch, bool StoppedEarly);
