namespace MLTransfer.Models.Text.Composition;

/// <summary>A token that is found in the raw text before the model sees it, such as <c>[MASK]</c>.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its id.</param>
/// <param name="TakesSpaceBefore">Whether white space before it belongs to it (<c>lstrip</c>; RoBERTa's <c>&lt;mask&gt;</c>).</param>
/// <param name="TakesSpaceAfter">Whether white space after it belongs to it (<c>rstrip</c>).</param>
/// <param name="WholeWord">Whether it counts only where no word character touches it (<c>single_word</c>).</param>
internal sealed record AddedToken(string Content, int Id, bool TakesSpaceBefore = false, bool TakesSpaceAfter = false, bool WholeWord = false);
