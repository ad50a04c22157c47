using MLTransfer.Models.Text.Composition;
using MLTransfer.Models.Text.WordPiece;

namespace MLTransfer.Models.Text.Graph;

/// <summary>The special tokens of a row as BERT has them: one at the start, one behind each text.</summary>
internal sealed record RowTokens(int Start, int FirstEnd, int SecondEnd, int Padding, int FirstType, int SecondType)
{
    /// <summary>Reads them off a template.</summary>
    /// <exception cref="NotSupportedException">The template has another form.</exception>
    public static RowTokens Of(WordPieceDefinition definition, bool isPair)
    {
        TemplatePart[] parts = [.. isPair ? definition.Template.Pair : definition.Template.Single];
        if (parts is [{ SpecialIds: [int start] } first, { Text: 0 } text, { SpecialIds: [int end] } separator, .. var second]
            && first.TypeId == text.TypeId && separator.TypeId == text.TypeId)
        {
            if (second.Length == 0 && !isPair)
            {
                return new(start, end, end, definition.PaddingId, text.TypeId, text.TypeId);
            }

            if (isPair && second is [{ Text: 1 } other, { SpecialIds: [int last] } final] && final.TypeId == other.TypeId)
            {
                return new(start, end, last, definition.PaddingId, text.TypeId, other.TypeId);
            }
        }

        throw new NotSupportedException(
            "The tokenizer's rows are not of the form [CLS] a [SEP] or [CLS] a [SEP] b [SEP]; a graph cannot give them.");
    }
}
