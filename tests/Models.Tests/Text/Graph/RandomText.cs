using System.Text;

namespace MLTransfer.Models.Tests.Text.Graph;

/// <summary>Random Unicode text that looks for trouble: words, spaces, added tokens, all planes, marks, lone surrogates.</summary>
internal static class RandomText
{
    private static readonly string[] Fragments =
    [
        " ", "  ", "\t", "\n", "\0", "\u00A0", "[MASK]", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[", "]", "[[", "##", "un", "aff", "able", "ing", "The", "É",
        "\u0301", "\u0308\u0327", "ß", "İ", "\uD55C", "\u4E2D", "\uF900", "\U0002F800", "\uE000", "\U000F1234", "\u200D", "\uFE0F", "\U0001F600", "'s", "...", "\uFFFD", "\uFFFF",
    ];

    public static string Next(Random random)
    {
        var text = new StringBuilder();
        int parts = random.Next(0, 40);
        for (int i = 0; i < parts; i++)
        {
            switch (random.Next(8))
            {
                case 0:
                    text.Append(Fragments[random.Next(Fragments.Length)]);
                    break;
                case 1:
                    AppendCodePoint(text, random.Next(0x110000));
                    break;
                case 2:
                    AppendCodePoint(text, random.Next(0x3000));
                    break;
                case 3:
                    text.Append((char)random.Next(0xD700, 0xE100));
                    break;
                case 4:
                    text.Append(' ');
                    break;
                case 5 when random.Next(10) == 0:
                    text.Append((char)random.Next('a', 'z' + 1), random.Next(95, 106));
                    break;
                default:
                    for (int letters = random.Next(1, 9); letters > 0; letters--)
                    {
                        text.Append((char)random.Next('a', 'z' + 1));
                    }

                    break;
            }
        }

        return text.ToString();
    }

    private static void AppendCodePoint(StringBuilder text, int codePoint)
    {
        if (codePoint is >= 0xD800 and <= 0xDFFF)
        {
            text.Append((char)codePoint);
        }
        else
        {
            text.Append(char.ConvertFromUtf32(codePoint));
        }
    }
}
