using Google.Protobuf;
using Microsoft.ML.Tokenizers;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Text.Composition;
using MLTransfer.Models.Text.Files;

namespace MLTransfer.Models.Text.SentencePiece;

/// <summary>Reads SentencePiece tokenizers.</summary>
internal static class SentencePieceDefinition
{
    /// <summary>Reads a SentencePiece <c>.model</c>.</summary>
    /// <exception cref="UserException">The file is missing, broken, or does not tell which special tokens its rows have.</exception>
    public static ITextTokenizer Load(string path)
    {
        using FileStream stream = TextFile.Open(path);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        try
        {
            ModelFile model = ModelFile.Read(bytes);
            RequireSupported(model, path);

            // The library cannot read a model without a beginning token; it gets the end token for one, which it is never asked to put.
            using var file = new MemoryStream(ModelFile.WithBeginningId(bytes, model.EndId));
            var pieces = SentencePieceTokenizer.Create(file, addBeginningOfSentence: false, addEndOfSentence: false);
            return new ComposedTokenizer(
                new SentencePieceModel(pieces, new SentencePieceNormalization(model)),
                new AddedTokens([]),
                new(
                    [TemplatePart.Of(0), TemplatePart.Special(model.EndId)],
                    [TemplatePart.Of(0), TemplatePart.Special(model.EndId), TemplatePart.Of(1), TemplatePart.Special(model.EndId)]),
                Math.Max(0, model.PaddingId));
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidDataException or ArgumentException)
        {
            throw new UserException(
                $"'{path}' is not a SentencePiece model: {exception.Message} It may be cut off or be a Git LFS pointer; download it again.", exception);
        }
    }

    private static void RequireSupported(ModelFile model, string path)
    {
        if (model.Pieces == 0)
        {
            throw new UserException($"'{path}' is not a SentencePiece model: it has no pieces. Expected the .model file of the tokenizer.");
        }

        if (model.BeginningId >= 0 || model.EndId < 0 || model.EndId >= model.Pieces)
        {
            throw new UserException(
                $"'{path}' does not tell which special tokens its rows have: its beginning token has id {model.BeginningId}, its end token {model.EndId}. " +
                "Supported are models with an end token alone (T5 and its kin).");
        }
    }
}
