using System.Text;
using MLTransfer.Models.Text;
using MLTransfer.Models.Text.Composition;
using MLTransfer.Models.Text.Graph;
using MLTransfer.Models.Text.WordPiece;

namespace MLTransfer.Models.Tests.Text.Graph;

public class WordPieceGraphTests
{
    // The default is small for a quick run; the full count is written in docs/results.md.
    private static readonly int FuzzedTexts =
        int.TryParse(Environment.GetEnvironmentVariable("MLTRANSFER_FUZZED_TEXTS"), out int count) ? count : 3000;

    private static readonly Lazy<WordPieceDefinition> Uncased = new(() => Load("minilm"));
    private static readonly Lazy<WordPieceDefinition> Cased = new(() => Load("cased"));
    private static readonly Lazy<WordPieceGraph> UncasedGraph = new(() => new(Uncased.Value));
    private static readonly Lazy<WordPieceGraph> CasedGraph = new(() => new(Cased.Value));

    public static TheoryData<string> Awkward => new(
        "",
        " ",
        " \t\r\n\u00A0\u2028",
        "\0",
        "a\0b",
        "\uFFFD\u200B\uFEFF",
        "[MASK]",
        "[[MASK]",
        "[MASK]]",
        "[UNK][CLS][SEP][PAD][MASK]",
        "[mask] [Mask] [MASK",
        "a[MASK]b [MAS\u0001K] [CLS][MASK][",
        "[",
        "unaffable\u0301 \u0130stanbul \u1E9E \uD55C\uAD6D\uC5B4 \u4E2D\u6587\u5B57 \uF900 \U0002F800 \U0002A6D6 \uE000x\uE000 \U000F0000",
        new string('a', 100) + " " + new string('a', 101) + " " + new string('b', 300),
        new string('x', 99) + "\u0301\u0301 y",
        new string('\uAC01', 34) + " " + new string('\uAC01', 33),
        "\U0001F600\U0001F600 a\u200Db \uD83D",
        "\uFFFF \uFFFE \U0010FFFF \U000E0001",
        "  leading and   inner  spaces   ",
        "##ing ##s #hash a##b");

    [Theory]
    [InlineData("minilm-wordpiece")]
    [InlineData("wordpiece-cased")]
    public void Run_EveryGoldenLine_GivesTheReferenceIds(string folder)
    {
        IReadOnlyList<TokenizationGolden> goldens = TokenizationGolden.Read(Repository.Shared("goldens", "tokenization", folder, "golden.jsonl"));
        Assert.True(goldens.Count > 200);
        AssertGoldens(folder == "minilm-wordpiece" ? UncasedGraph.Value : CasedGraph.Value, goldens);
    }

    [Fact]
    public void Run_CopiedGoldenLines_GivesTheReferenceIds() => AssertGoldens(
        CasedGraph.Value,
        TokenizationGolden.Read(Path.Combine(AppContext.BaseDirectory, "Text", "Goldens", "wordpiece-cased", "golden.jsonl")));

    [Theory]
    [InlineData("sst2/train.tsv", 6000)]
    [InlineData("sst2/dev.tsv", 800)]
    [InlineData("sst2/test.tsv", 1800)]
    [InlineData("banking77/train.csv", 10000)]
    [InlineData("banking77/test.csv", 3000)]
    [InlineData("github-issues", 1600)]
    public void Run_EveryTextOfADataSet_EqualsTheNativeTokenizer(string file, int atLeast)
    {
        string path = Repository.Shared("data", file);
        string[] texts = [.. (Directory.Exists(path) ? Directory.GetFiles(path, "*.tsv") : [path]).SelectMany(File.ReadLines)];
        Assert.True(texts.Length >= atLeast);
        AssertEqualToNative(Uncased.Value, UncasedGraph.Value, texts);
    }

    // 17,376 texts of 64 characters each, in all planes: every character between letters, and at the end of a word.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_EveryCodePoint_EqualsTheNativeTokenizer(bool uncased)
    {
        var texts = new List<string>();
        var text = new StringBuilder();
        for (int codePoint = 0; codePoint <= 0x10FFFF; codePoint++)
        {
            // Of the planes that nobody uses, and of private use, only the ends.
            if (codePoint is >= 0xD800 and <= 0xDFFF or > 0x30000 and < 0xE0000 or > 0xE1000 and < 0x10FF00)
            {
                continue;
            }

            text.Append('a').Append(char.ConvertFromUtf32(codePoint)).Append("b ");
            if (text.Length >= 256)
            {
                texts.Add(text.ToString());
                text.Clear();
            }
        }

        texts.Add(text.ToString());
        AssertEqualToNative(uncased ? Uncased.Value : Cased.Value, uncased ? UncasedGraph.Value : CasedGraph.Value, texts, maximumLength: 512);
    }

    [Theory]
    [MemberData(nameof(Awkward))]
    public void Run_AwkwardText_EqualsTheNativeTokenizer(string text)
    {
        AssertEqualToNative(Uncased.Value, UncasedGraph.Value, [text]);
        AssertEqualToNative(Cased.Value, CasedGraph.Value, [text]);
    }

    [Fact]
    public void Run_AwkwardPairs_EqualTheNativeTokenizer()
    {
        string[] texts = [.. Awkward.Select(row => row.Data)];
        foreach (int maximumLength in (int[])[3, 4, 5, 8, 21, 256])
        {
            foreach (int shift in (int[])[0, 1, 7])
            {
                string[] pairs = [.. texts.Select((_, i) => texts[(i + shift) % texts.Length])];
                AssertEqualToNative(Uncased.Value, UncasedGraph.Value, texts, pairs, maximumLength);
            }
        }
    }

    [Fact]
    public void Run_RandomTexts_EqualTheNativeTokenizer()
    {
        var random = new Random(20260101);
        string[] texts = [.. Enumerable.Range(0, FuzzedTexts).Select(_ => RandomText.Next(random))];
        AssertEqualToNative(Uncased.Value, UncasedGraph.Value, texts, maximumLength: 64);
        AssertEqualToNative(Cased.Value, CasedGraph.Value, texts, maximumLength: 64);
    }

    [Fact]
    public void Run_RandomPairs_EqualTheNativeTokenizer()
    {
        var random = new Random(20260102);
        string[] texts = [.. Enumerable.Range(0, FuzzedTexts / 3).Select(_ => RandomText.Next(random))];
        string[] pairs = [.. texts.Select(_ => RandomText.Next(random))];
        AssertEqualToNative(Uncased.Value, UncasedGraph.Value, texts, pairs, maximumLength: 24);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(18)]
    [InlineData(21)]
    public void Build_AnyOpset_GivesTheSameIds(long opset)
    {
        string[] texts = [.. Awkward.Select(row => row.Data)];
        AssertEqualToNative(Uncased.Value, UncasedGraph.Value, texts, opset: opset);
        AssertEqualToNative(Uncased.Value, UncasedGraph.Value, texts, [.. texts.Reverse()], opset: opset);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Run_NoRows_GivesNoRows(bool isPair)
    {
        using var graph = new GraphTokenizer(UncasedGraph.Value.Build(16, isPair, opset: 17));

        Assert.Empty(graph.Encode([], isPair ? [] : null));
    }

    [Fact]
    public void Build_AddedTokenThatTakesSpace_IsNotSupported() => Assert.Throws<NotSupportedException>(
        () => new WordPieceGraph(Cased.Value with { AddedTokens = [new AddedToken("[MASK]", 4, TakesSpaceBefore: true)] }));

    [Fact]
    public void Build_OtherTemplate_IsNotSupported() =>
        Assert.Throws<NotSupportedException>(() => new WordPieceGraph(Cased.Value with { Template = SequenceTemplate.None }));

    [Fact]
    public void Build_NoAddedTokens_ReadsThemAsText()
    {
        WordPieceDefinition definition = Cased.Value with { AddedTokens = [] };
        AssertEqualToNative(definition, new(definition), ["a [MASK] b", "[UNK]"]);
    }

    [Fact]
    public void Build_IdeographsTogether_EqualsTheNativeTokenizer()
    {
        WordPieceDefinition definition = Uncased.Value with { Normalization = BertNormalization.Uncased with { SplitIdeographs = false } };
        AssertEqualToNative(definition, new(definition), ["\u4E2D\u6587 a\u4E2Db \U0002A6D6"]);
    }

    private static WordPieceDefinition Load(string name) => name == "minilm"
        ? WordPieceDefinition.Load(Path.Combine(Repository.Root, "onnx-models", "all-MiniLM-L6-v2", "vocab.txt"), lowercase: true)
        : WordPieceDefinition.Load(
            Path.Combine(AppContext.BaseDirectory, "Text", "Goldens", "wordpiece-cased", "vocab.txt"), lowercase: false);

    private static void AssertGoldens(WordPieceGraph tables, IReadOnlyList<TokenizationGolden> goldens)
    {
        foreach (IGrouping<(bool IsPair, int? MaximumLength), TokenizationGolden> group in
            goldens.GroupBy(golden => (golden.Pair is not null, golden.MaximumLength)))
        {
            using var graph = new GraphTokenizer(tables.Build(group.Key.MaximumLength ?? 4096, group.Key.IsPair, opset: 17));
            TokenizationGolden[] rows = [.. group];
            TokenizedText[] found = graph.Encode([.. rows.Select(row => row.Text)], group.Key.IsPair ? [.. rows.Select(row => row.Pair!)] : null);
            for (int i = 0; i < rows.Length; i++)
            {
                Assert.Equal(rows[i].Ids, found[i].Ids);
                Assert.Equal(rows[i].TypeIds, found[i].TypeIds);
            }
        }
    }

    private static void AssertEqualToNative(
        WordPieceDefinition definition, WordPieceGraph tables, IReadOnlyList<string> texts, string[]? pairs = null, int maximumLength = 256, long opset = 17)
    {
        ITextTokenizer native = definition.ToTokenizer();
        using var graph = new GraphTokenizer(tables.Build(maximumLength, pairs is not null, opset));
        const int BatchRows = 64;
        for (int start = 0; start < texts.Count; start += BatchRows)
        {
            string[] batch = [.. texts.Skip(start).Take(BatchRows)];
            string[]? batchPairs = pairs is null ? null : [.. pairs.Skip(start).Take(BatchRows)];
            TokenizedText[] found = graph.Encode(batch, batchPairs);
            for (int i = 0; i < batch.Length; i++)
            {
                TokenizedText expected = native.Encode(batch[i], batchPairs?[i], maximumLength);
                if (!expected.Ids.SequenceEqual(found[i].Ids) || !expected.TypeIds.SequenceEqual(found[i].TypeIds))
                {
                    string escaped = string.Concat($"{batch[i]}|{batchPairs?[i]}".Select(unit => unit is >= ' ' and <= '~' ? unit.ToString() : $"\\u{(int)unit:X4}"));
                    Assert.Fail($"{escaped}\nexpected {string.Join(' ', expected.Ids)}\nfound    {string.Join(' ', found[i].Ids)}");
                }
            }
        }
    }
}
