namespace MLTransfer.Pipelines.Data;

/// <summary>What a label column holds.</summary>
internal enum LabelKind
{
    /// <summary>The name of a class; splits are stratified by it.</summary>
    Class,

    /// <summary>A number (regression); splits are random.</summary>
    Number,
}
