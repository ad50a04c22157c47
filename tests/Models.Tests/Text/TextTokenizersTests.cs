using MLTransfer.Models.Errors;
using MLTransfer.Models.Text;

namespace MLTransfer.Models.Tests.Text;

public sealed class TextTokenizersTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-tokenizers-").FullName;

    public static TheoryData<string, TokenizerOptions> Tokenizers => new()
    {
        { "minilm-wordpiece", new() { Kind = TokenizerKind.WordPiece, Vocabulary = "vocab.txt" } },
        { "minilm-wordpiece", new() { Kind = TokenizerKind.WordPiece, Vocabulary = "tokenizer.json" } },
        { "wordpiece-cased", new() { Kind = TokenizerKind.WordPiece, Vocabulary = "vocab.txt", Lowercase = false } },
        { "wordpiece-cased", new() { Kind = TokenizerKind.WordPiece, Vocabulary = "tokenizer.json" } },
        { "bytelevel-bpe", new() { Kind = TokenizerKind.ByteLevelBpe, Vocabulary = "vocab.json", Merges = "merges.txt" } },
        { "bytelevel-bpe", new() { Kind = TokenizerKind.ByteLevelBpe, Vocabulary = "tokenizer.json" } },
        { "sentencepiece-unigram", new() { Kind = TokenizerKind.SentencePiece, Vocabulary = "spm.model" } },
    };

    public static TheoryData<string, TokenizerOptions> CopiedTokenizers => new()
    {
        { "wordpiece-cased", new() { Kind = TokenizerKind.WordPiece, Vocabulary = "vocab.txt", Lowercase = false } },
        { "bytelevel-bpe", new() { Kind = TokenizerKind.ByteLevelBpe, Vocabulary = "vocab.json", Merges = "merges.txt" } },
    };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Tokenizers))]
    public void Encode_EveryGoldenLine_GivesTheReferenceIds(string folder, TokenizerOptions options) =>
        AssertGoldens(Repository.Shared("goldens", "tokenization", folder), options, atLeast: 200);

    [Theory]
    [MemberData(nameof(CopiedTokenizers))]
    public void Encode_CopiedGoldenLines_GivesTheReferenceIds(string folder, TokenizerOptions options) =>
        AssertGoldens(Path.Combine(AppContext.BaseDirectory, "Text", "Goldens", folder), options, atLeast: 20);

    [Fact]
    public void Encode_FromManyThreads_GivesTheSameIdsAsFromOne()
    {
        ITextTokenizer tokenizer = CopiedBpe();
        string[] texts = [.. Enumerable.Range(0, 2000).Select(i => $"What is number {i * 7919} doing in town {i}?")];
        int[][] expected = [.. texts.Select(text => tokenizer.Encode(text).Ids)];

        ITextTokenizer shared = CopiedBpe();
        int[][] found = texts.AsParallel().AsOrdered().WithDegreeOfParallelism(8).Select(text => shared.Encode(text).Ids).ToArray();

        Assert.Equal(expected, found);
    }

    [Fact]
    public void Encode_MaximumLengthBelowTheSpecialTokens_Throws() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => CopiedBpe().Encode("a", "b", maximumLength: 3));

    // The longer text gets the odd token also where both are much too long (checked with Hugging Face tokenizers).
    [Fact]
    public void Encode_PairOfTwoLongTexts_GivesTheLongerOneTheOddToken()
    {
        File.WriteAllLines(Path.Combine(_folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b"]);
        ITextTokenizer tokenizer = Create(TokenizerKind.WordPiece, "vocab.txt");

        Assert.Equal([2, 4, 3, 3], tokenizer.Encode("a a a", "b b", maximumLength: 4).Ids);
        Assert.Equal([2, 3, 5, 3], tokenizer.Encode("a a", "b b b", maximumLength: 4).Ids);
        Assert.Equal([2, 3, 5, 3], tokenizer.Encode("a a", "b b", maximumLength: 4).Ids);
    }

    [Fact]
    public void Encode_LoneSurrogate_ReadsItAsTheReplacementCharacter()
    {
        ITextTokenizer tokenizer = CopiedBpe();

        Assert.Equal(tokenizer.Encode("a\uFFFDb").Ids, tokenizer.Encode("a\uD800b").Ids);
    }

    [Fact]
    public void Create_BpeVocabularyWithoutSpecialTokens_PutsNone()
    {
        // GPT-2: the 256 bytes, in the order of its own vocabulary or in any other, and no <s>.
        string vocabulary = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Text", "Goldens", "bytelevel-bpe", "vocab.json"))
            .Replace("\"<s>\"", "\"<other>\"", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "vocab.json"), vocabulary);
        File.WriteAllText(Path.Combine(_folder, "merges.txt"), "#version: 0.2\n");

        TokenizedText tokens = Create(TokenizerKind.ByteLevelBpe, "vocab.json", "merges.txt").Encode("hi", "ho");

        Assert.Equal(4, tokens.Ids.Length);
        Assert.Equal([0, 0, 1, 1], tokens.TypeIds);
    }

    [Fact]
    public void Create_MissingFile_NamesThePath()
    {
        UserException exception = Assert.Throws<UserException>(() => Create(TokenizerKind.WordPiece, "vocab.txt"));

        Assert.Contains(Path.Combine(_folder, "vocab.txt"), exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[UNK]")]
    [InlineData("[CLS]")]
    [InlineData("[SEP]")]
    public void Create_VocabularyWithoutAToken_NamesIt(string missing)
    {
        string[] tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"];
        File.WriteAllLines(Path.Combine(_folder, "vocab.txt"), tokens.Where(token => token != missing));

        UserException exception = Assert.Throws<UserException>(() => Create(TokenizerKind.WordPiece, "vocab.txt"));

        Assert.Contains(missing, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_VocabularyWithTwiceTheSameToken_TakesTheLast()
    {
        File.WriteAllLines(Path.Combine(_folder, "vocab.txt"), ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "a"]);

        Assert.Equal([2, 5, 3], Create(TokenizerKind.WordPiece, "vocab.txt").Encode("a").Ids);
    }

    [Theory]
    [InlineData("{\n  \"a\": 1,\n  \"b\": }", "line 3")]
    [InlineData("", "line 1")]
    [InlineData("[1, 2]", "Array")]
    [InlineData("{\"a\": \"b\"}", "'a'")]
    [InlineData("{\"a\": -1}", "-1")]
    [InlineData("{\"a\": 1}", "byte tokens")]
    public void Create_BrokenVocabularyJson_SaysWhatIsWrong(string json, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "vocab.json"), json);
        File.WriteAllText(Path.Combine(_folder, "merges.txt"), "a b\n");

        UserException exception = Assert.Throws<UserException>(() => Create(TokenizerKind.ByteLevelBpe, "vocab.json", "merges.txt"));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains("vocab.json", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\n", "line 1")]
    [InlineData("#version: 0.2\nb c\nb c d\n", "line 3")]
    [InlineData("zzz yyy\n", "zzz")]
    public void Create_BrokenMerges_SaysWhatIsWrong(string merges, string expected)
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Text", "Goldens", "bytelevel-bpe", "vocab.json"), Path.Combine(_folder, "vocab.json"));
        File.WriteAllText(Path.Combine(_folder, "merges.txt"), merges);

        UserException exception = Assert.Throws<UserException>(() => Create(TokenizerKind.ByteLevelBpe, "vocab.json", "merges.txt"));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}}}""", "model.type")]
    [InlineData("""{"model": {"type": "WordPiece", "vocab": {"a": 0}}}""", "unk_token")]
    [InlineData("""{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0}}}""", "pre_tokenizer")]
    [InlineData(
        """{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0}}, "pre_tokenizer": {"type": "BertPreTokenizer"}, "normalizer": {"type": "NFC"}}""",
        "'NFC'")]
    [InlineData("""{"other": 1}""", "'model'")]
    [InlineData("[]", "Array")]
    public void Create_TokenizerJsonThatIsNotSupported_NamesTheProperty(string json, string expected)
    {
        File.WriteAllText(Path.Combine(_folder, "tokenizer.json"), json);

        UserException exception = Assert.Throws<UserException>(() => Create(TokenizerKind.WordPiece, "tokenizer.json"));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_SentencePieceFileOfSomethingElse_SaysSo()
    {
        File.WriteAllText(Path.Combine(_folder, "spm.model"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");

        UserException exception = Assert.Throws<UserException>(() => Create(TokenizerKind.SentencePiece, "spm.model"));

        Assert.Contains("SentencePiece model", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_VocabularyThatIsNotText_SaysSo()
    {
        File.WriteAllBytes(Path.Combine(_folder, "vocab.txt"), [0x08, 0x96, 0x01, 0x80, 0x81]);

        UserException exception = Assert.Throws<UserException>(() => Create(TokenizerKind.WordPiece, "vocab.txt"));

        Assert.Contains("UTF-8", exception.Message, StringComparison.Ordinal);
    }

    private static ITextTokenizer CopiedBpe() => TextTokenizers.Create(
        new() { Kind = TokenizerKind.ByteLevelBpe, Vocabulary = "vocab.json", Merges = "merges.txt" },
        Path.Combine(AppContext.BaseDirectory, "Text", "Goldens", "bytelevel-bpe"));

    private static void AssertGoldens(string directory, TokenizerOptions options, int atLeast)
    {
        ITextTokenizer tokenizer = TextTokenizers.Create(options, directory);
        IReadOnlyList<TokenizationGolden> goldens = TokenizationGolden.Read(Path.Combine(directory, "golden.jsonl"));
        Assert.True(goldens.Count >= atLeast);

        var differences = new List<string>();
        foreach (TokenizationGolden golden in goldens)
        {
            TokenizedText tokens = tokenizer.Encode(golden.Text, golden.Pair, golden.MaximumLength);
            if (!tokens.Ids.SequenceEqual(golden.Ids) || !tokens.TypeIds.SequenceEqual(golden.TypeIds ?? new int[golden.Ids.Length]))
            {
                differences.Add($"line {golden.Id}: expected {string.Join(' ', golden.Ids)}, found {string.Join(' ', tokens.Ids)}");
            }
        }

        Assert.Empty(differences);
    }

    private ITextTokenizer Create(TokenizerKind kind, string vocabulary, string? merges = null) =>
        TextTokenizers.Create(new() { Kind = kind, Vocabulary = vocabulary, Merges = merges }, _folder);
}
