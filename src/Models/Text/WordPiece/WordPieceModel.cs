using System.Buffers;
using System.Text;
using Microsoft.ML.Tokenizers;
using MLTransfer.Models.Text.Composition;

namespace MLTransfer.Models.Text.WordPiece;

/// <summary>BERT's WordPiece: our normalisation and word splitting in front of the library's longest-match search.</summary>
internal sealed class WordPieceModel : ITokenModel
{
    private readonly BertWords _words;
    private readonly WordPieceTokenizer _pieces;

    public WordPieceModel(WordPieceVocabulary vocabulary, BertNormalization normalization)
    {
        _words = new(normalization, vocabulary.MaximumWordLength);
        _pieces = WordPieceTokenizer.Create(
            Lines(vocabulary.Tokens),
            new WordPieceOptions
            {
                UnknownToken = vocabulary.UnknownToken,
                ContinuingSubwordPrefix = vocabulary.ContinuingPrefix,

                // The library counts UTF-16 units and not characters. Overlong words never reach it, so its own limit only has to be out of the way.
                MaxInputCharsPerWord = 2 * vocabulary.MaximumWordLength,
                PreTokenizer = new SpaceSeparatedWords(),
            });
    }

    public void Append(ReadOnlySpan<char> text, int limit, List<int> ids)
    {
        int length = _words.Write(text, limit, out char[] words);
        ids.AddRange(_pieces.EncodeToIds(words.AsSpan(0, length), considerPreTokenization: true, considerNormalization: false));
        ArrayPool<char>.Shared.Return(words);
    }

    // The library reads a vocabulary from a file only, and refuses a token that occurs twice; the last one counts. It skips empty lines.
    private static MemoryStream Lines(IReadOnlyList<string> tokens)
    {
        var lastPlace = new Dictionary<string, int>();
        for (int id = 0; id < tokens.Count; id++)
        {
            lastPlace[tokens[id]] = id;
        }

        var stream = new MemoryStream();
        using (var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true))
        {
            for (int id = 0; id < tokens.Count; id++)
            {
                bool usable = lastPlace[tokens[id]] == id && tokens[id].AsSpan().IndexOfAny('\r', '\n') < 0;
                writer.Write(usable ? tokens[id] : "");
                writer.Write('\n');
            }
        }

        stream.Position = 0;
        return stream;
    }
}
