namespace MLTransfer.Pipelines.Tests;

public class SmokeTests
{
    [Fact]
    public void A_B_C() => Assert.Equal(1, 1L);
}
