namespace MLTransfer.Pipelines.Configuration;

/// <summary>What is learned: the <c>task</c> of a pipeline.</summary>
internal enum LearningTask
{
    /// <summary>One of two or more classes.</summary>
    MulticlassClassification,

    /// <summary>One of exactly two classes.</summary>
    BinaryClassification,
}
