namespace MLTransfer.FineTuning.Freezing.Prefix;

/// <summary>The upper half of float32.</summary>
internal static class Bfloat16
{
    /// <summary>Rounds to the nearest, ties to even; a number that is none stays none.</summary>
    public static void Round(ReadOnlySpan<float> values, Span<ushort> rounded)
    {
        for (int i = 0; i < values.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(values[i]);
            rounded[i] = float.IsNaN(values[i]) ? (ushort)0x7FC0 : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }

    /// <summary>Back to float32, exactly.</summary>
    public static void Widen(ReadOnlySpan<ushort> rounded, Span<float> values)
    {
        for (int i = 0; i < rounded.Length; i++)
        {
            values[i] = BitConverter.UInt32BitsToSingle((uint)rounded[i] << 16);
        }
    }
}
