namespace MLTransfer.Pipelines.Heads;

/// <summary>What a head tells apart.</summary>
internal enum HeadTask
{
    /// <summary>Two classes or more: <c>Score</c> has one number a class.</summary>
    MulticlassClassification,

    /// <summary>Two classes: <c>Score</c> is one number, <c>Probability</c> that of the positive class.</summary>
    BinaryClassification,
}
