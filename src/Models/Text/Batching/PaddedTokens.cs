namespace MLTransfer.Models.Text.Batching;

/// <summary>The tensors of one batch, each <c>[rows, length]</c> in row-major order, padded on the right to the longest row.</summary>
internal sealed record PaddedTokens(int Rows, int Length, long[] Ids, long[] Mask, long[] TypeIds)
{
    /// <summary>Pads rows to the longest one.</summary>
    /// <param name="rows">The rows; all empty rows make a batch of length 1, because graphs reject an empty sequence.</param>
    /// <param name="paddingId">The id that fills a row; its mask and token type are 0.</param>
    public static PaddedTokens From(IReadOnlyList<TokenizedText> rows, int paddingId)
    {
        int length = rows.Count == 0 ? 0 : Math.Max(1, rows.Max(row => row.Ids.Length));
        long[] ids = new long[rows.Count * length];
        long[] mask = new long[ids.Length];
        long[] types = new long[ids.Length];
        Array.Fill(ids, paddingId);
        for (int row = 0; row < rows.Count; row++)
        {
            TokenizedText tokens = rows[row];
            for (int i = 0; i < tokens.Ids.Length; i++)
            {
                int at = (row * length) + i;
                ids[at] = tokens.Ids[i];
                mask[at] = 1;
                types[at] = tokens.TypeIds[i];
            }
        }

        return new(rows.Count, length, ids, mask, types);
    }
}
