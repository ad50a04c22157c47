namespace MLTransfer.Pipelines.FineTuning;

/// <summary>What a fine-tuned model is compared with.</summary>
internal enum Baseline
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The default head on features of the backbone as it is.</summary>
    Frozen,
}
