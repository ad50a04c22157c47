using System.Text;

namespace MLTransfer.Models.Text.Composition;

/// <summary>A .NET string may hold half of a surrogate pair; text in UTF-8, which tokenizers are defined on, may not.</summary>
internal static class WellFormedText
{
    /// <summary>The text with U+FFFD in place of each lone surrogate, as encoding it in UTF-8 would put there.</summary>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return text;
        }

        var builder = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            builder.Append(rune.ToString());
        }

        return builder.ToString();
    }
}
