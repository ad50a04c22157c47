using System.Text.Json;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Text.Composition;
using MLTransfer.Models.Text.Files;

namespace MLTransfer.Models.Text.ByteLevel;

/// <summary>All that a byte-level BPE tokenizer is made of.</summary>
internal sealed record ByteLevelBpeDefinition(
    IReadOnlyDictionary<string, int> Vocabulary,
    IReadOnlyList<string> Merges,
    bool AddSpaceBefore,
    IReadOnlyList<AddedToken> AddedTokens,
    SequenceTemplate Template,
    int PaddingId)
{
    /// <summary>Reads a <c>vocab.json</c> with its <c>merges.txt</c>, or a <c>tokenizer.json</c>.</summary>
    /// <param name="vocabulary">The vocab.json or tokenizer.json.</param>
    /// <param name="merges">The merges.txt; null for a tokenizer.json.</param>
    /// <exception cref="UserException">A file is missing, broken, of another kind, or asks for what is not supported.</exception>
    public static ByteLevelBpeDefinition Load(string vocabulary, string? merges)
    {
        if (merges is not null)
        {
            return FromFiles(vocabulary, merges);
        }

        if (!TokenizerJson.IsOne(vocabulary))
        {
            throw new UserException(
                $"'{vocabulary}' is not a tokenizer.json, and no file of merges is named. Name the merges.txt under 'merges' of the card's tokenizer.");
        }

        return FromJson(vocabulary);
    }

    /// <summary>The tokenizer.</summary>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="UserException">A merge has a token that the vocabulary lacks.</exception>
    public ITextTokenizer ToTokenizer(string path)
    {
        try
        {
            return new ComposedTokenizer(
                new ByteLevelBpeModel(Vocabulary, Merges, AddSpaceBefore), new AddedTokens(AddedTokens), Template, PaddingId);
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            throw new UserException(
                $"The vocabulary '{path}' and its merges do not belong together: {exception.Message} Take both files from the same model.", exception);
        }
    }

    private static ByteLevelBpeDefinition FromFiles(string vocabularyPath, string mergesPath)
    {
        Dictionary<string, int> vocabulary = VocabularyJson.Read(vocabularyPath);
        RequireBytes(vocabulary, vocabularyPath);
        AddedToken[] added =
        [
            .. SpecialTokenNames.ByteLevel.Where(vocabulary.ContainsKey).Select(token => new AddedToken(token, vocabulary[token])),
        ];

        // RoBERTa's vocabulary has <s> and </s>. GPT-2's has neither, and its texts get no special tokens.
        SequenceTemplate template = vocabulary.TryGetValue("<s>", out int cls) && vocabulary.TryGetValue("</s>", out int sep)
            ? SequenceTemplate.Roberta(cls, sep)
            : SequenceTemplate.None;
        return new(vocabulary, MergesText.Read(mergesPath), false, added, template, vocabulary.GetValueOrDefault("<pad>"));
    }

    private static ByteLevelBpeDefinition FromJson(string path)
    {
        using TokenizerJson json = TokenizerJson.Open(path, "BPE");
        if (json.Normalizer is not null)
        {
            throw json.Error("normalizer", $"'{json.TypeOf(json.Normalizer)}'", "none");
        }

        if (json.PreTokenizer is not JsonElement preTokenizer || json.TypeOf(preTokenizer) != "ByteLevel"
            || json.Flag(preTokenizer, "use_regex") == false)
        {
            throw json.Error("pre_tokenizer", $"'{json.TypeOf(json.PreTokenizer)}'", "ByteLevel with GPT-2's word splitting");
        }

        JsonElement model = json.Model;
        foreach (string flag in (string[])["byte_fallback", "ignore_merges"])
        {
            if (json.Flag(model, flag) == true)
            {
                throw json.Error($"model.{flag}", "true", "false");
            }
        }

        Dictionary<string, int> vocabulary = VocabularyJson.Read(json.Required(model, "vocab", JsonValueKind.Object), path);
        RequireBytes(vocabulary, path);
        IReadOnlyList<AddedToken> added = json.AddedTokens(normalizes: false);
        return new(
            vocabulary,
            [.. json.Required(model, "merges", JsonValueKind.Array).EnumerateArray().Select(item => Merge(item, json))],
            json.Flag(preTokenizer, "add_prefix_space") ?? true,
            added,
            json.Template(),
            json.PaddingId(vocabulary, added));
    }

    // Older files write a merge as "a b", newer ones as ["a", "b"].
    private static string Merge(JsonElement item, TokenizerJson json) => item.ValueKind switch
    {
        JsonValueKind.String => item.GetString()!,
        JsonValueKind.Array when item.GetArrayLength() == 2 => $"{item[0].GetString()} {item[1].GetString()}",
        _ => throw json.Error("model.merges", item.GetRawText(), "two tokens"),
    };

    // Without a token for each byte, text would get lost in silence.
    private static void RequireBytes(Dictionary<string, int> vocabulary, string path)
    {
        if (ByteLevelAlphabet.Characters.Where(character => !vocabulary.ContainsKey(character)).ToArray() is { Length: > 0 } missing)
        {
            throw new UserException(
                $"'{path}' is not the vocabulary of a byte-level BPE: {missing.Length} of the 256 byte tokens are missing, '{missing[0]}' among them.");
        }
    }
}
