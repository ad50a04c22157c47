using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests.Commands;

public sealed class OperatorsCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Operators_List_HasAtLeastOneHundredAndFifty()
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "operators", "--json");

        Assert.True(call.Lines.Count >= 150);
        Assert.Contains(call.Lines, static line => (string?)line["domain"] == "com.microsoft" && (string?)line["operator"] == "SkipLayerNormalization");
    }

    [Fact]
    public async Task Operators_ConformanceOfAFolder_CountsByOperator()
    {
        WriteTest("right", output: 1);
        WriteTest("wrong", output: 2);

        RunnerCall call = await RunnerCall.InAsync(_folder, "operators", "--conformance", ".", "--json");

        JsonObject report = Assert.Single(call.Lines);
        call.AssertEnded(ExitCode.MachineFailure);
        Assert.Equal((1, 1, 0), ((int)report["passed"]!, (int)report["failed"]!, (int)report["notSupported"]!));
        JsonObject row = Assert.IsType<JsonObject>(Assert.Single(report["operators"]!.AsArray()));
        Assert.Equal(("Relu", 1, 1), ((string?)row["operator"], (int)row["passed"]!, (int)row["failed"]!));
        Assert.Equal("wrong", (string?)report["notPassed"]![0]!["test"]);
    }

    [Fact]
    public async Task Operators_FolderWithoutTests_IsAMistake()
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "operators", "--conformance", "nothing");

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.Contains("nothing", call.Error, StringComparison.Ordinal);
    }

    // Relu(1), with what its output is said to be, in the wire format of Protocol Buffers.
    private void WriteTest(string name, float output)
    {
        byte[] node = [.. Field(1, "x"u8), .. Field(2, "y"u8), .. Field(4, "Relu"u8)];
        byte[] graph = [.. Field(1, node), .. Field(2, "g"u8), .. Field(11, Field(1, "x"u8)), .. Field(12, Field(1, "y"u8))];
        byte[] model = [8, 8, .. Field(8, [16, 17]), .. Field(7, graph)];
        string set = Path.Combine(_folder.Path, name, "test_data_set_0");
        Directory.CreateDirectory(set);
        File.WriteAllBytes(Path.Combine(_folder.Path, name, "model.onnx"), model);
        File.WriteAllBytes(Path.Combine(set, "input_0.pb"), Tensor(1));
        File.WriteAllBytes(Path.Combine(set, "output_0.pb"), Tensor(output));
    }

    private static byte[] Tensor(float value) => [8, 1, 16, 1, .. Field(9, BitConverter.GetBytes(value))];

    private static byte[] Field(int number, ReadOnlySpan<byte> content) => [(byte)((number << 3) | 2), (byte)content.Length, .. content];
}
