using System.Text.Json;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Text.Composition;
using MLTransfer.Models.Text.Files;

namespace MLTransfer.Models.Text.WordPiece;

/// <summary>All that a WordPiece tokenizer is made of; the native tokenizer and the graph are built from the same definition.</summary>
internal sealed record WordPieceDefinition(
    WordPieceVocabulary Vocabulary,
    BertNormalization Normalization,
    IReadOnlyList<AddedToken> AddedTokens,
    SequenceTemplate Template,
    int PaddingId)
{
    /// <summary>Reads a <c>vocab.txt</c> or a <c>tokenizer.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lowercase">Whether a vocab.txt is uncased; a tokenizer.json says so itself.</param>
    /// <exception cref="UserException">The file is missing, broken, no WordPiece vocabulary, or asks for what is not supported.</exception>
    public static WordPieceDefinition Load(string path, bool lowercase) =>
        path.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? FromJson(path) : FromText(path, lowercase);

    /// <summary>The tokenizer that runs outside the graph.</summary>
    public ITextTokenizer ToTokenizer() =>
        new ComposedTokenizer(new WordPieceModel(Vocabulary, Normalization), new AddedTokens(AddedTokens), Template, PaddingId);

    private static WordPieceDefinition FromText(string path, bool lowercase)
    {
        var vocabulary = new WordPieceVocabulary(VocabularyText.Read(path));
        int Required(string token) => vocabulary.Find(token) ?? throw new UserException(
            $"'{path}' is not a BERT vocabulary: it has no {token} among its {vocabulary.Tokens.Count} lines. Expected one token a line with " +
            "[UNK], [CLS] and [SEP] among them; for a tokenizer with other special tokens name its tokenizer.json.");

        _ = Required("[UNK]");
        var added = SpecialTokenNames.Bert
            .Where(token => vocabulary.Find(token) is not null)
            .Select(token => new AddedToken(token, vocabulary.Find(token)!.Value))
            .ToArray();
        return new(
            vocabulary,
            lowercase ? BertNormalization.Uncased : BertNormalization.Cased,
            added,
            SequenceTemplate.Bert(Required("[CLS]"), Required("[SEP]")),
            vocabulary.Find("[PAD]") ?? 0);
    }

    private static WordPieceDefinition FromJson(string path)
    {
        using TokenizerJson json = TokenizerJson.Open(path, "WordPiece");
        JsonElement model = json.Model;
        Dictionary<string, int> tokens = VocabularyJson.Read(json.Required(model, "vocab", JsonValueKind.Object), path);
        string unknown = json.Text(model, "unk_token") ?? "[UNK]";
        if (!tokens.ContainsKey(unknown))
        {
            throw json.Error("model.unk_token", $"'{unknown}', which is not in the vocabulary", "a token of the vocabulary");
        }

        if (json.TypeOf(json.PreTokenizer) != "BertPreTokenizer")
        {
            throw json.Error("pre_tokenizer.type", $"'{json.TypeOf(json.PreTokenizer)}'", "BertPreTokenizer");
        }

        IReadOnlyList<AddedToken> added = json.AddedTokens(normalizes: true);
        return new(
            new(
                VocabularyJson.ById(tokens),
                unknown,
                json.Text(model, "continuing_subword_prefix") ?? "##",
                json.Number(model, "max_input_chars_per_word") ?? BertWords.DefaultMaximumWordLength),
            ReadNormalization(json),
            added,
            json.Template(),
            json.PaddingId(tokens, added));
    }

    private static BertNormalization ReadNormalization(TokenizerJson json)
    {
        if (json.Normalizer is not JsonElement normalizer || json.TypeOf(normalizer) != "BertNormalizer")
        {
            throw json.Error("normalizer.type", $"'{json.TypeOf(json.Normalizer)}'", "BertNormalizer");
        }

        if (json.Flag(normalizer, "clean_text") == false)
        {
            throw json.Error("normalizer.clean_text", "false", "true: text with its control characters kept is not supported");
        }

        bool lowercase = json.Flag(normalizer, "lowercase") ?? true;
        return new(lowercase, json.Flag(normalizer, "strip_accents") ?? lowercase, json.Flag(normalizer, "handle_chinese_chars") ?? true);
    }
}
