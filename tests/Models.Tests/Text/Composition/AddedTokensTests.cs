using MLTransfer.Models.Text.Composition;

namespace MLTransfer.Models.Tests.Text.Composition;

public class AddedTokensTests
{
    [Theory]
    [InlineData("a[MASK]b", 1, 7)]
    [InlineData("a[MASK b", 8, 8)]
    [InlineData("[[MASK]", 1, 7)]
    [InlineData("", 0, 0)]
    public void Find_Token_GivesItsRange(string text, int start, int end) =>
        Assert.Equal((start, end), new AddedTokens([new("[MASK]", 1)]).Find(text, 0, out _));

    [Fact]
    public void Find_TwoTokensAtOnePlace_TakesTheLonger()
    {
        new AddedTokens([new("<a>", 1), new("<a><b>", 2)]).Find("x<a><b>", 0, out AddedToken? token);

        Assert.Equal(2, token?.Id);
    }

    [Fact]
    public void Find_TokenThatTakesSpace_TakesItOnThatSide()
    {
        Assert.Equal((1, 7), new AddedTokens([new("<m>", 1, TakesSpaceBefore: true)]).Find("a   <m>  b", 0, out _));
        Assert.Equal((4, 9), new AddedTokens([new("<m>", 1, TakesSpaceAfter: true)]).Find("a   <m>  b", 0, out _));
    }

    [Theory]
    [InlineData("the cat", 4)]
    [InlineData("concat", 6)]
    [InlineData("cats", 4)]
    [InlineData("cats, cat", 6)]
    public void Find_WholeWordToken_SkipsPartsOfWords(string text, int start) =>
        Assert.Equal(start, new AddedTokens([new("cat", 1, WholeWord: true)]).Find(text, 0, out _).Start);
}
