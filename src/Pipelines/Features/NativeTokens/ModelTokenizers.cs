using System.Collections;
using Microsoft.ML;
using MLTransfer.Models.Errors;

namespace MLTransfer.Pipelines.Features.NativeTokens;

/// <summary>
/// Tokenizers that a saved model needs beside it. Models with a WordPiece tokenizer (BERT and its kin) need none: there the tokenizer is part of the graph.
/// Those with byte-level BPE (RoBERTa, GPT-2) or SentencePiece (T5) need a reference to MLTransfer.Pipelines and a folder beside the zip.
/// </summary>
public static class ModelTokenizers
{
    /// <summary>What the folder beside <c>model.zip</c> is called: <c>model.tokenizers</c>.</summary>
    public const string Suffix = ".tokenizers";

    /// <summary>Writes the tokenizers of a model into a folder beside its zip. Call it after <c>mlContext.Model.Save</c>.</summary>
    /// <param name="model">The model, as it was fitted.</param>
    /// <param name="filePath">The zip.</param>
    /// <returns>The folder; null where the model needs none, and none is written.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static string? SaveBeside(ITransformer model, string filePath)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrWhiteSpace(filePath);
        NativeTokenizer[] tokenizers = [.. Find(model)];
        if (tokenizers.Length == 0)
        {
            return null;
        }

        string folder = FolderOf(filePath);
        Directory.CreateDirectory(folder);
        foreach (NativeTokenizer tokenizer in tokenizers)
        {
            tokenizer.Save(folder);
        }

        return folder;
    }

    /// <summary>
    /// Tells this process where a model's tokenizers lie. Not needed before <see cref="BatchedModelCatalog.LoadBatched"/>, which looks beside the zip, nor
    /// where the folder lies in the current folder or beside the program.
    /// </summary>
    /// <param name="filePath">The zip, beside which the folder lies.</param>
    /// <exception cref="UserException">There is no such folder.</exception>
    public static void Use(string filePath)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(filePath);
        string folder = FolderOf(filePath);
        if (!Directory.Exists(folder))
        {
            throw new UserException(
                $"The folder '{folder}' with the tokenizers of '{filePath}' does not exist. Copy it with the zip; models with a WordPiece tokenizer have none and need no call.");
        }

        NativeTokenizer.AddFolder(folder);
    }

    /// <summary>As <see cref="Use"/>, for models of which nobody knows whether they need it.</summary>
    internal static void UseIfThere(string filePath)
    {
        if (Directory.Exists(FolderOf(filePath)))
        {
            NativeTokenizer.AddFolder(FolderOf(filePath));
        }
    }

    /// <summary>Folders of tokenizers in a folder.</summary>
    internal static IEnumerable<string> FoldersIn(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateDirectories(folder, "*" + Suffix) : [];

    private static string FolderOf(string filePath) => Path.ChangeExtension(Path.GetFullPath(filePath), null) + Suffix;

    private static IEnumerable<NativeTokenizer> Find(ITransformer model) => model switch
    {
        TextFeatureExtractingTransformer { NativeTokenizer: { } tokenizer } => [tokenizer],
        IEnumerable chain => chain.OfType<ITransformer>().SelectMany(Find),
        _ => [],
    };
}
