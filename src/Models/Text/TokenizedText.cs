namespace MLTransfer.Models.Text;

/// <summary>Token ids of one text or sentence pair, without padding.</summary>
/// <param name="Ids">Token ids, special tokens included.</param>
/// <param name="TypeIds">0 for the first text and its special tokens, 1 for the second; as long as <paramref name="Ids"/>.</param>
public sealed record TokenizedText(int[] Ids, int[] TypeIds);
