using Microsoft.ML.Tokenizers;
using MLTransfer.Models.Text.Composition;

namespace MLTransfer.Models.Text.SentencePiece;

/// <summary>SentencePiece: our normalisation in front of the library's search, and a run of unknown pieces as one, as SentencePiece has it.</summary>
internal sealed class SentencePieceModel(SentencePieceTokenizer pieces, SentencePieceNormalization normalization) : ITokenModel
{
    public void Append(ReadOnlySpan<char> text, int limit, List<int> ids)
    {
        string normalized = normalization.Apply(WellFormedText.Of(text));
        if (normalized.Length == 0)
        {
            return;
        }

        int start = ids.Count;
        foreach (int id in pieces.EncodeToIds(
            normalized, addBeginningOfSentence: false, addEndOfSentence: false, considerNormalization: false))
        {
            if (id != pieces.UnknownId || ids.Count == start || ids[^1] != pieces.UnknownId)
            {
                ids.Add(id);
            }
        }
    }
}
