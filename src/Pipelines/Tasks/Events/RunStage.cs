namespace MLTransfer.Pipelines.Tasks.Events;

/// <summary>The parts of a run, in their order.</summary>
internal enum RunStage
{
    /// <summary>Rows are read, checked and split.</summary>
    Data,

    /// <summary>Backbones turn rows into feature vectors.</summary>
    Features,

    /// <summary>The head is fitted.</summary>
    Training,

    /// <summary>Test rows or folds are predicted and measured.</summary>
    Evaluation,

    /// <summary>The model is written, and its two forms are compared.</summary>
    Model,
}
