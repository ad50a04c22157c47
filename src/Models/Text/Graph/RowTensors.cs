namespace MLTransfer.Models.Text.Graph;

/// <summary>What a backbone reads, as tensors of a graph, each <c>[batch, sequence]</c> int64.</summary>
internal sealed record RowTensors(string Ids, string Mask, string TypeIds);
