using MLTransfer.FineTuning.Runtime;

namespace MLTransfer.FineTuning.Tests.Runtime;

public class ConvolutionCheckTests
{
    [Fact]
    public void FindFault_AfterLoading_ConvolutionsAreRight()
    {
        TorchRuntime.EnsureAvailable();

        Assert.Null(ConvolutionCheck.FindFault());
    }
}
