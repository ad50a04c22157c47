namespace MLTransfer.Models.Inference;

/// <summary>One image: a file, the bytes of a file, or decoded pixels.</summary>
/// <param name="Name">The path or the row, for messages.</param>
/// <param name="Encoded">The bytes of an image file; null: read the file <paramref name="Name"/>.</param>
/// <param name="Pixels">Decoded pixels in place of a file.</param>
internal readonly record struct ImageRow(string Name, byte[]? Encoded = null, RawPixels? Pixels = null);

/// <summary>Pixels in memory, 4 bytes each, alpha multiplied in.</summary>
/// <param name="Bytes">height · width · 4 bytes.</param>
/// <param name="Width">Columns.</param>
/// <param name="Height">Rows.</param>
/// <param name="BlueFirst">Whether the order is blue, green, red, alpha; otherwise red, green, blue, alpha.</param>
internal sealed record RawPixels(byte[] Bytes, int Width, int Height, bool BlueFirst);
