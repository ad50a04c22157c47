using MLTransfer.FineTuning.Runtime;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Inference;
using TorchSharp;

namespace MLTransfer.FineTuning.Tests.Runtime;

public class TrainingDeviceTests
{
    [Theory]
    [InlineData(ExecutionProvider.Cpu)]
    [InlineData(ExecutionProvider.DirectMl)]
    [InlineData(ExecutionProvider.CoreMl)]
    public void Of_NoGpuOfNvidia_IsTheProcessor(ExecutionProvider provider)
    {
        List<string> told = [];

        torch.Device device = TrainingDevice.Of(new InferenceOptions { Provider = provider }, told.Add);

        Assert.Equal(DeviceType.CPU, device.type);
        Assert.Empty(told);
    }

    [Theory]
    [InlineData(ExecutionProvider.Cuda)]
    [InlineData(ExecutionProvider.TensorRt)]
    public void Of_GpuThatIsNotThere_SaysWhatToDo(ExecutionProvider provider)
    {
        // No machine has so many.
        UserException error = Assert.Throws<UserException>(() => TrainingDevice.Of(new InferenceOptions { Provider = provider, DeviceId = 255 }, _ => { }));

        Assert.Contains("TorchSharp finds", error.Message, StringComparison.Ordinal);
        Assert.Contains("-p:UseGpu=true", error.Message, StringComparison.Ordinal);
        Assert.Contains("allowFallback", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_GpuThatIsNotThereAndFallback_IsTheProcessorAndSaysSo()
    {
        List<string> told = [];

        torch.Device device = TrainingDevice.Of(new InferenceOptions { Provider = ExecutionProvider.Cuda, DeviceId = 255, AllowFallback = true }, told.Add);

        Assert.Equal(DeviceType.CPU, device.type);
        Assert.Contains("the processor takes over", Assert.Single(told), StringComparison.Ordinal);
    }
}
