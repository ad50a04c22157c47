using System.Buffers;
using Microsoft.ML.Tokenizers;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.WordPiece;

namespace MLTransfer.Models.Tests.Text.WordPiece;

/// <summary>Our WordPiece against the BERT tokenizer of Microsoft.ML.Tokenizers.</summary>
public class BertTokenizerTests
{
    // Symbols that are punctuation for BERT and letters for the library (docs/tokenizers.md), and the brackets of special tokens.
    private static readonly SearchValues<char> Differing = SearchValues.Create("$+<=>^`|~_[");

    [Theory]
    [InlineData("sst2/train.tsv", 0.97)]
    [InlineData("sst2/dev.tsv", 0.97)]
    [InlineData("sst2/test.tsv", 0.97)]
    [InlineData("banking77/train.csv", 0.98)]
    [InlineData("banking77/test.csv", 0.98)]
    [InlineData("github-issues", 0.5)]
    public void Encode_EveryTextOfADataSet_EqualsTheLibraryWhereThatIsRight(string file, double mostly)
    {
        string vocabulary = Path.Combine(Repository.Root, "onnx-models", "all-MiniLM-L6-v2", "vocab.txt");
        BertTokenizer theirs = BertTokenizer.Create(vocabulary, new BertOptions { RemoveNonSpacingMarks = true });
        ITextTokenizer ours = WordPieceDefinition.Load(vocabulary, lowercase: true).ToTokenizer();
        string path = Repository.Shared("data", file);

        // The fields of a line one by one, for the library does not take a tab for white space; of a .csv the text without its label, which has a '_'.
        string[] texts = [.. (Directory.Exists(path) ? Directory.GetFiles(path, "*.tsv") : [path]).SelectMany(File.ReadLines).SelectMany(static line => line.Split('\t'))
            .Select(text => file.EndsWith(".csv", StringComparison.Ordinal) && text.LastIndexOf(',') is >= 0 and var comma ? text[..comma] : text)];

        string[] different = [.. texts.Where(text => !ours.Encode(text, null, int.MaxValue).Ids.SequenceEqual(theirs.EncodeToIds(text)))];

        Assert.DoesNotContain(different, static text => System.Text.Ascii.IsValid(text) && !text.AsSpan().ContainsAny(Differing));
        Assert.True(different.Length <= (1 - mostly) * texts.Length, $"{different.Length} of {texts.Length} differ");
    }
}
