using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MLTransfer.Models.Catalog;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;
using MLTransfer.Models.Text;

namespace MLTransfer.Pipelines.Features.NativeTokens;

/// <summary>
/// A tokenizer that a saved model refers to by its key. The key names the content: two models with the same tokenizer share it, and another one is
/// never taken for it.
/// </summary>
internal sealed class NativeTokenizer
{
    private const string OptionsFile = "text.json";

    // Of this process: by key, and the folders to look into for keys that are not known yet.
    private static readonly ConcurrentDictionary<string, NativeTokenizer> Known = [];
    private static readonly ConcurrentDictionary<string, byte> Folders = [];

    private readonly ITextTokenizer _tokenizer;
    private readonly TextPreprocessing _text;

    // By name, as they lie in a model's folder. Held, because the backbone of a trained model may be gone when the model is saved.
    private readonly Dictionary<string, byte[]> _files;

    private NativeTokenizer(TextPreprocessing text, string directory)
    {
        _text = text;
        _tokenizer = TextTokenizers.Create(text.Tokenizer, directory);
        _files = Files(text.Tokenizer).ToDictionary(static file => Path.GetFileName(file), file => File.ReadAllBytes(Path.Combine(directory, file)));
        Key = KeyOf(text, directory);
    }

    /// <summary>The SHA-256 of options and files, shortened.</summary>
    public string Key { get; }

    /// <summary>Makes the tokenizer of a backbone known.</summary>
    /// <returns>This backbone's own, though the same may be known already: it is saved with this backbone's files.</returns>
    public static NativeTokenizer Of(TextPreprocessing text, string directory)
    {
        var tokenizer = new NativeTokenizer(text, directory);
        Known.TryAdd(tokenizer.Key, tokenizer);
        return tokenizer;
    }

    /// <summary>Adds a folder to look into.</summary>
    public static void AddFolder(string folder) => Folders.TryAdd(Path.GetFullPath(folder), 0);

    /// <summary>The tokenizer of a key.</summary>
    /// <exception cref="UserException">No folder has it.</exception>
    public static NativeTokenizer Find(string key) => Known.TryGetValue(key, out NativeTokenizer? known) ? known : Known.GetOrAdd(key, Load);

    /// <summary>Writes the tokenizer into a folder; does nothing where it is there already.</summary>
    /// <param name="folder">The folder of a model's tokenizers.</param>
    public void Save(string folder)
    {
        string target = Path.Combine(folder, Key);
        if (Directory.Exists(target))
        {
            return;
        }

        // Appears under its name only when it is complete.
        string temporary = $"{target}.{Guid.NewGuid():N}.tmp";
        Directory.CreateDirectory(temporary);
        try
        {
            foreach ((string name, byte[] content) in _files)
            {
                File.WriteAllBytes(Path.Combine(temporary, name), content);
            }

            File.WriteAllText(Path.Combine(temporary, OptionsFile), StrictJson.Write(Flat(_text)));
            Directory.Move(temporary, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            // Another process wrote the same.
            Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>Fills the token columns of one row.</summary>
    public void Encode(string text, string? pair, TokenColumns columns)
    {
        TokenizedText tokens = _tokenizer.Encode(text, pair, _text.MaximumLength);

        // Graphs reject an empty row.
        int[] ids = tokens.Ids.Length > 0 ? tokens.Ids : [_tokenizer.PaddingId];
        columns.InputIds = Array.ConvertAll(ids, static id => (long)id);
        columns.AttentionMask = Array.ConvertAll(ids, _ => tokens.Ids.Length > 0 ? 1L : 0L);
        columns.TokenTypeIds = tokens.Ids.Length > 0 ? Array.ConvertAll(tokens.TypeIds, static type => (long)type) : [0];
    }

    private static NativeTokenizer Load(string key)
    {
        string[] candidates =
        [
            .. Folders.Keys.Concat(ModelTokenizers.FoldersIn(Environment.CurrentDirectory)).Concat(ModelTokenizers.FoldersIn(AppContext.BaseDirectory))
                .Select(folder => Path.Combine(folder, key)),
        ];
        string directory = candidates.FirstOrDefault(folder => File.Exists(Path.Combine(folder, OptionsFile))) ?? throw new UserException(
            $"The model's tokenizer '{key}' was not found. It lies in the folder '{ModelTokenizers.Suffix}' beside the model's zip: copy that folder with the zip, and call " +
            $"{nameof(ModelTokenizers)}.{nameof(ModelTokenizers.Use)}(path of the zip) before the first prediction. Looked in: {(candidates.Length == 0 ? "no folder" : string.Join(", ", candidates))}.");
        var tokenizer = new NativeTokenizer(StrictJson.Read<TextPreprocessing>(Path.Combine(directory, OptionsFile)), directory);
        return tokenizer.Key == key
            ? tokenizer
            : throw new UserException($"The tokenizer in '{directory}' is not the model's: its files were changed. Copy the folder again.");
    }

    private static string KeyOf(TextPreprocessing text, string directory)
    {
        IEnumerable<string> parts = Files(text.Tokenizer).Select(file => BackboneFiles.Sha256(Path.Combine(directory, file)));
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [StrictJson.Write(Flat(text)), .. parts])));
        return Convert.ToHexStringLower(hash.AsSpan(0, 8));
    }

    private static IEnumerable<string> Files(TokenizerOptions options) => options.Merges is null ? [options.Vocabulary] : [options.Vocabulary, options.Merges];

    // In the model's folder all files lie side by side.
    private static TextPreprocessing Flat(TextPreprocessing text) => text with
    {
        Tokenizer = text.Tokenizer with
        {
            Vocabulary = Path.GetFileName(text.Tokenizer.Vocabulary),
            Merges = text.Tokenizer.Merges is null ? null : Path.GetFileName(text.Tokenizer.Merges),
        },
    };
}
