using System.Buffers;
using System.Text;

namespace MLTransfer.Models.Text.SentencePiece;

/// <summary>SentencePiece's normalisation: the model's rules, then white space.</summary>
/// <remarks>T. Kudo and J. Richardson, SentencePiece (2018). The library's own ignores the rules that replace a character by nothing.</remarks>
internal sealed class SentencePieceNormalization(ModelFile model)
{
    private static readonly byte[] SpaceSymbol = [0xE2, 0x96, 0x81];

    private readonly CharacterMap _rules = new(model.CharacterMap);
    private readonly byte[] _space = model.EscapesSpaces ? SpaceSymbol : [(byte)' '];
    private readonly byte[][] _keptLongestFirst =
        [.. model.UserDefinedPieces.Select(Encoding.UTF8.GetBytes).OrderByDescending(piece => piece.Length)];

    /// <summary>Normalises a well-formed text. The result may be empty.</summary>
    public string Apply(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        ReadOnlySpan<byte> input = bytes;
        while (model.RemovesExtraSpaces && !input.IsEmpty && Next(input, out ReadOnlySpan<byte> leading) is int taken && leading is [(byte)' '])
        {
            input = input[taken..];
        }

        if (input.IsEmpty)
        {
            return "";
        }

        var output = new ArrayBufferWriter<byte>(bytes.Length + (2 * SpaceSymbol.Length));
        if (model.AddsSpace && !model.SpaceIsSuffix)
        {
            output.Write(_space);
        }

        bool afterSpace = model.RemovesExtraSpaces;
        while (!input.IsEmpty)
        {
            input = input[Next(input, out ReadOnlySpan<byte> piece)..];
            piece = afterSpace ? piece.TrimStart((byte)' ') : piece;
            if (!piece.IsEmpty)
            {
                Write(piece, output);
                afterSpace = model.RemovesExtraSpaces && piece[^1] == ' ';
            }
        }

        ReadOnlySpan<byte> written = output.WrittenSpan;
        while (model.RemovesExtraSpaces && written.EndsWith(_space))
        {
            written = written[..^_space.Length];
        }

        string normalized = Encoding.UTF8.GetString(written);
        return model.AddsSpace && model.SpaceIsSuffix ? normalized + Encoding.UTF8.GetString(_space) : normalized;
    }

    // The next piece of the text and what becomes of it: a user-defined piece stays, then the longest rule, then one character.
    private int Next(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> replacement)
    {
        foreach (byte[] kept in _keptLongestFirst)
        {
            if (input.StartsWith(kept))
            {
                replacement = kept;
                return kept.Length;
            }
        }

        int length = _rules.Longest(input, out replacement);
        if (length == 0)
        {
            Rune.DecodeFromUtf8(input, out _, out length);
            replacement = input[..length];
        }

        return length;
    }

    private void Write(ReadOnlySpan<byte> piece, ArrayBufferWriter<byte> output)
    {
        if (!model.EscapesSpaces || !piece.Contains((byte)' '))
        {
            output.Write(piece);
            return;
        }

        foreach (byte value in piece)
        {
            output.Write(value == ' ' ? _space : [value]);
        }
    }
}
