using System.Text.Json;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Text.Composition;

namespace MLTransfer.Models.Text.Files;

/// <summary>
/// The <c>tokenizer.json</c> of a Hugging Face model. What a part of it asks for and we do not do is an error and never left out in silence.
/// </summary>
internal sealed class TokenizerJson : IDisposable
{
    private readonly JsonDocument _document;

    private TokenizerJson(JsonDocument document, string path)
    {
        _document = document;
        Path = path;
    }

    /// <summary>The file, for errors.</summary>
    public string Path { get; }

    /// <summary>The model: its vocabulary and, where it has them, its merges or scores.</summary>
    public JsonElement Model => Required(_document.RootElement, "model", JsonValueKind.Object);

    /// <summary>The normalizer; null where there is none.</summary>
    public JsonElement? Normalizer => Optional(_document.RootElement, "normalizer");

    /// <summary>The pre-tokenizer; null where there is none.</summary>
    public JsonElement? PreTokenizer => Optional(_document.RootElement, "pre_tokenizer");

    /// <summary>Whether a path names a <c>tokenizer.json</c>, and not a vocabulary.</summary>
    public static bool IsOne(string path)
    {
        if (!path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        using JsonDocument document = TextFile.ReadJson(path);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("model", out JsonElement model)
            && model.ValueKind == JsonValueKind.Object;
    }

    /// <summary>The kind of tokenizer that a file holds; null for one that is read from other files (a SentencePiece model), or not at all.</summary>
    public static TokenizerKind? KindOf(string path)
    {
        using JsonDocument document = TextFile.ReadJson(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("model", out JsonElement model)
            || model.ValueKind != JsonValueKind.Object
            || !model.TryGetProperty("type", out JsonElement type)
            || type.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        return type.ValueEquals("WordPiece") ? TokenizerKind.WordPiece : type.ValueEquals("BPE") ? TokenizerKind.ByteLevelBpe : null;
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="modelType">What its model must be: WordPiece, BPE or Unigram.</param>
    /// <exception cref="UserException">The file is missing, broken, or of another kind.</exception>
    public static TokenizerJson Open(string path, string modelType)
    {
        JsonDocument document = TextFile.ReadJson(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new UserException($"'{path}' is not a tokenizer.json: expected an object at the top, found {document.RootElement.ValueKind}.");
        }

        var json = new TokenizerJson(document, path);
        if (json.TypeOf(json.Model) is string type && type != modelType)
        {
            throw json.Error("model.type", $"'{type}'", $"'{modelType}' as the card says. Correct 'kind' under 'tokenizer' in the card");
        }

        return json;
    }

    public void Dispose() => _document.Dispose();

    /// <summary>The <c>type</c> of a part; null where it is not written.</summary>
    public string? TypeOf(JsonElement? part) => part is JsonElement element ? Text(element, "type") : null;

    /// <summary>A text property; null where it is missing or null.</summary>
    public string? Text(JsonElement element, string name) => Optional(element, name) is not JsonElement value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Error(name, value.GetRawText(), "a text");

    /// <summary>A boolean property; null where it is missing or null.</summary>
    public bool? Flag(JsonElement element, string name) => Optional(element, name) is not JsonElement value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Error(name, value.GetRawText(), "true or false");

    /// <summary>An integer property; null where it is missing or null.</summary>
    public int? Number(JsonElement element, string name) => Optional(element, name) is not JsonElement value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number
        : throw Error(name, value.GetRawText(), "an integer");

    /// <summary>A property that must be there.</summary>
    public JsonElement Required(JsonElement element, string name, JsonValueKind kind) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind
            ? value
            : throw Error(name, "missing or of another type", $"{kind}");

    /// <summary>An error about a property of this file.</summary>
    public UserException Error(string property, string found, string expected) =>
        new($"'{Path}', '{property}': found {found}; expected {expected}.");

    /// <summary>The tokens that are found in raw text.</summary>
    /// <param name="normalizes">Whether the model has a normalizer, before which and after which tokens are looked for differ.</param>
    public IReadOnlyList<AddedToken> AddedTokens(bool normalizes)
    {
        if (Optional(_document.RootElement, "added_tokens") is not JsonElement list)
        {
            return [];
        }

        var tokens = new List<AddedToken>();
        foreach (JsonElement item in list.EnumerateArray())
        {
            string content = Text(item, "content") ?? throw Error("added_tokens", item.GetRawText(), "a 'content'");
            int id = Number(item, "id") ?? throw Error("added_tokens", item.GetRawText(), "an 'id'");
            if (normalizes && Flag(item, "normalized") == true)
            {
                throw Error(
                    $"added_tokens, '{content}'", "\"normalized\": true",
                    "false: tokens that are looked for after normalisation are not supported");
            }

            tokens.Add(new(
                content, id, Flag(item, "lstrip") ?? false, Flag(item, "rstrip") ?? false, Flag(item, "single_word") ?? false));
        }

        return tokens;
    }

    /// <summary>Where the special tokens stand.</summary>
    public SequenceTemplate Template() =>
        Optional(_document.RootElement, "post_processor") is JsonElement processor ? Template(processor) : SequenceTemplate.None;

    /// <summary>The id that pads a row: that of <c>padding</c>, or of a token named as one.</summary>
    /// <param name="vocabulary">The model's tokens.</param>
    /// <param name="addedTokens">The tokens beside them.</param>
    public int PaddingId(IReadOnlyDictionary<string, int> vocabulary, IReadOnlyList<AddedToken> addedTokens)
    {
        if (Optional(_document.RootElement, "padding") is JsonElement padding && Number(padding, "pad_id") is int id)
        {
            return id;
        }

        foreach (string name in SpecialTokenNames.Padding)
        {
            if (vocabulary.TryGetValue(name, out id))
            {
                return id;
            }

            if (addedTokens.FirstOrDefault(token => token.Content == name) is AddedToken token)
            {
                return token.Id;
            }
        }

        // GPT-2 has no padding token. What stands there is masked, so any id will do.
        return 0;
    }

    private static JsonElement? Optional(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    private SequenceTemplate Template(JsonElement processor)
    {
        switch (TypeOf(processor))
        {
            case "BertProcessing":
                return SequenceTemplate.Bert(TokenAndId(processor, "cls"), TokenAndId(processor, "sep"));
            case "RobertaProcessing":
                return SequenceTemplate.Roberta(TokenAndId(processor, "cls"), TokenAndId(processor, "sep"));
            case "TemplateProcessing":
                JsonElement ids = Required(processor, "special_tokens", JsonValueKind.Object);
                return new(Parts(processor, "single", ids), Parts(processor, "pair", ids));
            case "ByteLevel":
                // It only moves offsets.
                return SequenceTemplate.None;
            case "Sequence":
                SequenceTemplate[] templates =
                [
                    .. Required(processor, "processors", JsonValueKind.Array).EnumerateArray()
                        .Select(Template).Where(template => template != SequenceTemplate.None),
                ];
                return templates.Length <= 1
                    ? templates.FirstOrDefault(SequenceTemplate.None)
                    : throw Error("post_processor", $"{templates.Length} processors that add tokens", "at most one");
            default:
                throw Error(
                    "post_processor.type", $"'{TypeOf(processor)}'",
                    "BertProcessing, RobertaProcessing, TemplateProcessing, ByteLevel or a Sequence of them");
        }
    }

    private int TokenAndId(JsonElement processor, string name)
    {
        JsonElement pair = Required(processor, name, JsonValueKind.Array);
        return pair.GetArrayLength() == 2 && pair[1].ValueKind == JsonValueKind.Number && pair[1].TryGetInt32(out int id)
            ? id
            : throw Error($"post_processor.{name}", pair.GetRawText(), "a token and its id");
    }

    private List<TemplatePart> Parts(JsonElement processor, string name, JsonElement ids)
    {
        var parts = new List<TemplatePart>();
        foreach (JsonElement item in Required(processor, name, JsonValueKind.Array).EnumerateArray())
        {
            if (Optional(item, "Sequence") is JsonElement sequence)
            {
                parts.Add(TemplatePart.Of(Text(sequence, "id") == "B" ? 1 : 0, Number(sequence, "type_id") ?? 0));
                continue;
            }

            JsonElement special = Required(item, "SpecialToken", JsonValueKind.Object);
            string token = Text(special, "id") ?? throw Error($"post_processor.{name}", item.GetRawText(), "a special token with an 'id'");
            JsonElement tokenIds = Required(Required(ids, token, JsonValueKind.Object), "ids", JsonValueKind.Array);
            parts.Add(new(null, [.. tokenIds.EnumerateArray().Select(id => id.GetInt32())], Number(special, "type_id") ?? 0));
        }

        return parts;
    }
}
