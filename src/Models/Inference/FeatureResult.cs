namespace MLTransfer.Models.Inference;

/// <summary>What became of one row.</summary>
/// <param name="Features">The feature vector; null where the row failed.</param>
/// <param name="Error">Why the row failed; null where it did not.</param>
internal readonly record struct FeatureResult(float[]? Features, Exception? Error);
