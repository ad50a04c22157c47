using System.Text.Json;
using MLTransfer.Models.Errors;

namespace MLTransfer.Models.Text.Files;

/// <summary><c>vocab.json</c>: an object from tokens to ids.</summary>
internal static class VocabularyJson
{
    // No known vocabulary comes near; a broken file must not make us reserve memory for it.
    private const int LargestId = 10_000_000;

    /// <summary>Reads a vocabulary.</summary>
    /// <exception cref="UserException">The file does not exist, is not JSON, or is not such an object.</exception>
    public static Dictionary<string, int> Read(string path)
    {
        using JsonDocument document = TextFile.ReadJson(path);
        return Read(document.RootElement, path);
    }

    /// <summary>Reads a vocabulary from a part of a JSON file.</summary>
    /// <param name="element">The object.</param>
    /// <param name="where">The file, for errors.</param>
    /// <exception cref="UserException">The element is not an object from tokens to ids.</exception>
    public static Dictionary<string, int> Read(JsonElement element, string where)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new UserException($"'{where}' is not a vocabulary: expected an object from tokens to ids, found {element.ValueKind}.");
        }

        var vocabulary = new Dictionary<string, int>();
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetInt32(out int id) || id is < 0 or > LargestId)
            {
                throw new UserException(
                    $"'{where}' is not a vocabulary: the value of token '{property.Name}' is {property.Value.GetRawText()}, expected an id from 0 to {LargestId}.");
            }

            vocabulary[property.Name] = id;
        }

        return vocabulary;
    }

    /// <summary>The tokens by id; an empty string where an id has none.</summary>
    public static IReadOnlyList<string> ById(IReadOnlyDictionary<string, int> vocabulary)
    {
        string[] tokens = new string[vocabulary.Count == 0 ? 0 : vocabulary.Values.Max() + 1];
        Array.Fill(tokens, "");
        foreach ((string token, int id) in vocabulary)
        {
            tokens[id] = token;
        }

        return tokens;
    }
}
