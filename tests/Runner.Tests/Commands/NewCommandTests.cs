using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests.Commands;

public sealed class NewCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task New_ImageFolder_WritesAPipelineThatIsValid()
    {
        TinyData.WriteImages(_folder, "photos", perClass: 5);

        RunnerCall call = await RunnerCall.InAsync(_folder, "new", "photos");
        RunnerCall validate = await RunnerCall.InAsync(_folder, "validate", "pipeline.json", "--json");

        Assert.Equal((0, 0), (call.ExitCode, validate.ExitCode));
        JsonNode written = JsonNode.Parse(File.ReadAllText(_folder.PathOf("pipeline.json")))!;
        Assert.True(JsonNode.DeepEquals(written, JsonNode.Parse("""
            {
              "task": "multiclass-classification",
              "data": { "train": "photos", "format": "image-folder", "testFraction": 0.2 },
              "features": [{ "image": "ImagePath", "backbone": "efficientnet-lite0" }],
              "output": "run"
            }
            """)), written.ToJsonString());
        Assert.Equal((12, 3), ((int)validate.Lines[0]["trainingRows"]!, (int)validate.Lines[0]["testRows"]!));
    }

    [Fact]
    public async Task New_Table_WritesAPipelineThatIsValid()
    {
        _folder.Write("data/train.csv", TinyData.Texts(8));
        _folder.Write("data/test.csv", TinyData.Texts(2));

        RunnerCall call = await RunnerCall.InAsync(_folder, "new", "data", "--output", "here/mine.json");
        RunnerCall validate = await RunnerCall.InAsync(_folder, "validate", "here/mine.json", "--json");

        Assert.Equal((0, 0), (call.ExitCode, validate.ExitCode));
        Assert.Equal("../data/test.csv", (string?)JsonNode.Parse(File.ReadAllText(_folder.PathOf("here/mine.json")))!["data"]!["test"]);
        Assert.Equal((16, 4), ((int)validate.Lines[0]["trainingRows"]!, (int)validate.Lines[0]["testRows"]!));
    }

    [Fact]
    public async Task New_FileThatIsThere_IsKeptUnlessForced()
    {
        TinyData.WriteImages(_folder, "photos", perClass: 5);
        _folder.Write("pipeline.json", "mine");

        RunnerCall refused = await RunnerCall.InAsync(_folder, "new", "photos");
        string kept = File.ReadAllText(_folder.PathOf("pipeline.json"));
        RunnerCall forced = await RunnerCall.InAsync(_folder, "new", "photos", "--force");

        Assert.Equal((2, 0), (refused.ExitCode, forced.ExitCode));
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal("mine", kept);
        Assert.NotEqual("mine", File.ReadAllText(_folder.PathOf("pipeline.json")));
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("empty")]
    public async Task New_NoData_IsAMistake(string data)
    {
        Directory.CreateDirectory(_folder.PathOf("empty"));

        RunnerCall call = await RunnerCall.InAsync(_folder, "new", data);

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.Contains(data, call.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.PathOf("pipeline.json")));
    }
}
