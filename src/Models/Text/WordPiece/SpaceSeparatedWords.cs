using Microsoft.ML.Tokenizers;

namespace MLTransfer.Models.Text.WordPiece;

/// <summary>Splits at single spaces and at nothing else: what <see cref="BertWords"/> writes is already split.</summary>
internal sealed class SpaceSeparatedWords : PreTokenizer
{
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var words = new List<(int Offset, int Length)>();
        for (int start = 0; start < text.Length;)
        {
            int length = text[start..].IndexOf(' ');
            length = length < 0 ? text.Length - start : length;
            if (length > 0)
            {
                words.Add((start, length));
            }

            start += length + 1;
        }

        return words;
    }
}
