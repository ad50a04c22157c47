namespace MLTransfer.Models.Tests;

public class SmokeTests
{
    [Fact]
    public void A_B_C() => Assert.Equal(1, new Onnx.Protos.ModelProto { IrVersion = 1 }.IrVersion);
}
