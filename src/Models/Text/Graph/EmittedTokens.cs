namespace MLTransfer.Models.Text.Graph;

/// <summary>The tokens of all rows behind each other, as tensors of a graph.</summary>
/// <param name="Ids"><c>[tokens]</c> int64; each row begins with its start token, and one more start token closes the last row.</param>
/// <param name="Offsets"><c>[rows + 1, 1]</c> int64: where the rows begin, and where the closing token is.</param>
internal sealed record EmittedTokens(string Ids, string Offsets);
