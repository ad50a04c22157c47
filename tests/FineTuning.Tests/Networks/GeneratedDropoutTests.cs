using MLTransfer.FineTuning.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MLTransfer.FineTuning.Tests.Networks;

public class GeneratedDropoutTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Of_SameSeed_GivesWhatTorchGives(double rate)
    {
        Tensor x = randn(40, 33);
        using Generator generator = new(0, CPU);
        generator.manual_seed(7);
        manual_seed(7);

        Tensor ours = GeneratedDropout.Of(x, rate, generator), theirs = nn.functional.dropout(x, rate, training: true);

        Assert.True((ours - theirs).abs().max().ToDouble() == 0);
    }
}
