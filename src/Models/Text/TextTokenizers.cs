using MLTransfer.Models.Errors;
using MLTransfer.Models.Text.ByteLevel;
using MLTransfer.Models.Text.SentencePiece;
using MLTransfer.Models.Text.WordPiece;

namespace MLTransfer.Models.Text;

/// <summary>Makes tokenizers from the files that pretrained models carry.</summary>
public static class TextTokenizers
{
    /// <summary>Reads a tokenizer. Its ids are those of the reference implementations (Hugging Face tokenizers, SentencePiece).</summary>
    /// <param name="options">The kind of tokenizer and its files.</param>
    /// <param name="directory">The folder that the files' paths are relative to: that of the backbone's card.</param>
    /// <returns>A tokenizer that threads can share.</returns>
    /// <exception cref="UserException">
    /// A file is missing, broken or of another kind, lacks a token that the kind needs, or asks for something that is not supported.
    /// </exception>
    public static ITextTokenizer Create(TokenizerOptions options, string directory)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(directory);
        string vocabulary = Path.Combine(directory, options.Vocabulary);
        string? merges = options.Merges is null ? null : Path.Combine(directory, options.Merges);
        return options.Kind switch
        {
            TokenizerKind.WordPiece => WordPieceDefinition.Load(vocabulary, options.Lowercase).ToTokenizer(),
            TokenizerKind.ByteLevelBpe => ByteLevelBpeDefinition.Load(vocabulary, merges).ToTokenizer(vocabulary),
            TokenizerKind.SentencePiece => SentencePieceDefinition.Load(vocabulary),
            _ => throw new UserException($"'{options.Kind}' is not a kind of tokenizer. Expected one of {string.Join(", ", Enum.GetNames<TokenizerKind>())}."),
        };
    }
}
