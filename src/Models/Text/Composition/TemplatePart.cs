namespace MLTransfer.Models.Text.Composition;

/// <summary>One place of a sequence template: special tokens, or a text.</summary>
/// <param name="Text">0 for the first text, 1 for the second, null for special tokens.</param>
/// <param name="SpecialIds">The ids of the special tokens; empty for a text.</param>
/// <param name="TypeId">The token type of what stands here.</param>
internal sealed record TemplatePart(int? Text, IReadOnlyList<int> SpecialIds, int TypeId)
{
    public static TemplatePart Special(int id, int typeId = 0) => new(null, [id], typeId);

    public static TemplatePart Of(int text, int typeId = 0) => new(text, [], typeId);
}
