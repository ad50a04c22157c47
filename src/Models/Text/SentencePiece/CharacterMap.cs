using System.Buffers.Binary;

namespace MLTransfer.Models.Text.SentencePiece;

/// <summary>The normalisation rules of a SentencePiece model: byte strings and what replaces them, in a double-array trie.</summary>
/// <remarks>
/// Format: the trie's size in bytes (uint32), its units (uint32 each, as Darts-clone writes them), then the replacements, each ended by NUL.
/// S. Yata, Darts-clone: a double-array trie.
/// </remarks>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    /// <summary>Reads the rules; no bytes are no rules.</summary>
    /// <exception cref="InvalidDataException">The sizes do not fit.</exception>
    public CharacterMap(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            _units = [];
            _replacements = [];
            return;
        }

        int size = bytes.Length < sizeof(uint) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        if (size < sizeof(uint) || size % sizeof(uint) != 0 || size > bytes.Length - sizeof(uint))
        {
            throw new InvalidDataException($"The normalisation rules say that their trie has {size} bytes, but they have {bytes.Length} in all.");
        }

        ReadOnlySpan<byte> trie = bytes.Slice(sizeof(uint), size);
        _units = new uint[size / sizeof(uint)];
        for (int i = 0; i < _units.Length; i++)
        {
            _units[i] = BinaryPrimitives.ReadUInt32LittleEndian(trie[(i * sizeof(uint))..]);
        }

        _replacements = bytes[(sizeof(uint) + size)..].ToArray();
    }

    /// <summary>Finds the longest rule that a text begins with.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="replacement">What takes its place; may be empty.</param>
    /// <returns>The bytes that the rule takes; 0 where there is none.</returns>
    public int Longest(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement)
    {
        replacement = default;
        if (_units.Length == 0)
        {
            return 0;
        }

        int length = 0;
        uint node = Offset(_units[0]);
        for (int i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            if (node >= _units.Length || Label(_units[node]) != text[i])
            {
                break;
            }

            uint unit = _units[node];
            node ^= Offset(unit);
            if (HasLeaf(unit) && node < _units.Length && (int)Value(_units[node]) <= _replacements.Length)
            {
                length = i + 1;
                replacement = _replacements.AsSpan((int)Value(_units[node]));
            }
        }

        int end = replacement.IndexOf((byte)0);
        replacement = end < 0 ? replacement : replacement[..end];
        return length;
    }

    private static bool HasLeaf(uint unit) => ((unit >> 8) & 1) == 1;

    private static uint Value(uint unit) => unit & 0x7FFFFFFF;

    private static uint Label(uint unit) => unit & 0x800000FF;

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
