namespace MLTransfer.Pipelines.FineTuning;

/// <summary>A training was cancelled, and left a checkpoint to go on from.</summary>
/// <param name="checkpoint">The file of the checkpoint.</param>
/// <param name="cancellation">What was cancelled.</param>
internal sealed class TrainingCancelledException(string checkpoint, CancellationToken cancellation)
    : OperationCanceledException($"Cancelled. The training was saved in {checkpoint}; run the same pipeline with --resume to go on.", cancellation);
