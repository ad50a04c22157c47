using Microsoft.ML.Tokenizers;
using MLTransfer.Models.Text.Composition;

namespace MLTransfer.Models.Text.ByteLevel;

/// <summary>Byte-level BPE: our word splitting in front of the library's merges.</summary>
internal sealed class ByteLevelBpeModel(
    IReadOnlyDictionary<string, int> vocabulary, IEnumerable<string> merges, bool addSpaceBefore) : ITokenModel
{
    private readonly BpeTokenizer _bpe = BpeTokenizer.Create(
        new BpeOptions(vocabulary) { Merges = merges, ByteLevel = true, PreTokenizer = new ByteLevelWords() });

    public void Append(ReadOnlySpan<char> text, int limit, List<int> ids)
    {
        ReadOnlySpan<char> wellFormed = WellFormedText.Of(text);
        if (addSpaceBefore && wellFormed[0] != ' ')
        {
            wellFormed = string.Concat(" ", wellFormed);
        }

        // A word gives at least one id, so words beyond the limit cannot count.
        List<(int Offset, int Length)> words = ByteLevelWords.Split(wellFormed, limit);
        (int offset, int length) = words[^1];
        ids.AddRange(_bpe.EncodeToIds(wellFormed[..(offset + length)]));
    }
}
