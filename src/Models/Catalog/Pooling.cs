namespace MLTransfer.Models.Catalog;

/// <summary>How a feature tensor becomes one vector a row.</summary>
public enum Pooling
{
    /// <summary>The tensor is <c>[batch, features]</c> already; other shapes are flattened behind the batch.</summary>
    None,

    /// <summary><c>[batch, sequence, hidden]</c> → the first position (BERT's [CLS]).</summary>
    FirstToken,

    /// <summary><c>[batch, sequence, hidden]</c> → the last position whose attention mask is 1 (GPT-2).</summary>
    LastToken,

    /// <summary><c>[batch, sequence, hidden]</c> → the mean over positions whose attention mask is 1.</summary>
    Mean,

    /// <summary><c>[batch, sequence, hidden]</c> → the maximum over positions whose attention mask is 1.</summary>
    Max,

    /// <summary><see cref="Mean"/> and <see cref="Max"/>, concatenated: <c>[batch, 2 · hidden]</c>.</summary>
    MeanMax,

    /// <summary><c>[batch, channels, …]</c> → the mean over every axis from 2 on.</summary>
    GlobalAverage,
}
