using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task RunAsync_Help_ListsEveryCommand(params string[] arguments)
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, arguments);

        call.AssertEnded(ExitCode.Success);
        foreach (string verb in (string[])["run", "validate", "new", "predict", "evaluate", "export", "inspect", "backbones", "schema"])
            Assert.Matches($@"(?m)^\s+{verb}\b", call.Output);
    }

    [Fact]
    public async Task RunAsync_Version_IsThatOfTheAssembly()
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "--version");

        call.AssertEnded(ExitCode.Success);
        Assert.Matches(@"^\d+\.\d+\.\d+", call.Output);
    }

    [Theory]
    [InlineData("validat", "Did you mean 'validate'?")]
    [InlineData("shcema", "Did you mean 'schema'?")]
    [InlineData("nothing.json", "nothing.json does not exist")]
    [InlineData("run", "Required argument 'pipeline' missing")]
    [InlineData("run a.json b.json", "'b.json'")]
    [InlineData("schema --off", "--off")]
    [InlineData("schema --of zebra", "zebra")]
    [InlineData("predict x", "either an input")]
    public async Task RunAsync_WrongCommandLine_Exits2AndSaysWhat(string line, string expected)
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, line.Split(' '));

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.StartsWith("error: ", call.Error, StringComparison.Ordinal);
        Assert.Contains(expected, call.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", call.Error, StringComparison.Ordinal);
        Assert.Empty(call.Output);
    }

    [Fact]
    public async Task RunAsync_MisspeltField_Exits2WithItsPlace()
    {
        _folder.Write("pipeline.json", "{\n  \"task\": \"multiclass-classification\",\n  \"dta\": { \"train\": \"x\" }\n}");

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.Contains("pipeline.json(3,3)", call.Error, StringComparison.Ordinal);
        Assert.Contains("Did you mean 'data'?", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ErrorWithJson_IsAnEventToo()
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "nothing.json", "--json");

        JsonObject error = Assert.Single(call.Lines);
        Assert.Equal("error", (string?)error["event"]);
        Assert.Equal(2, (int?)error["exitCode"]);
        Assert.Contains("nothing.json", (string?)error["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_Schema_IsTheFileOfTheRepository()
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "schema");

        Assert.Equal(File.ReadAllText(Repository.PathOf("schemas", "pipeline.schema.json")), call.Output);
    }

    [Fact]
    public async Task RunAsync_SchemaOfCard_IsTheFileOfTheRepository()
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "schema", "--of", "card");

        Assert.Equal(File.ReadAllText(Repository.PathOf("schemas", "card.schema.json")), call.Output);
    }
}
