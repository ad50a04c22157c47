namespace MLTransfer.Pipelines.Configuration;

/// <summary>What a fine-tuned model is compared with.</summary>
internal enum Baseline
{
    /// <summary>The same architecture, trained from random weights: what the pretrained weights are worth.</summary>
    Scratch,

    /// <summary>The usual head on the features of the backbone as it is: what training the backbone is worth.</summary>
    Frozen,
}
