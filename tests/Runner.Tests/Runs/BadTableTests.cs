using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests.Runs;

public sealed class BadTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BadTableTests() => TinyBackbone.WriteTexts(_folder);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("Label,Text\n")]
    public async Task Run_EmptyTable_IsAMistake(string content)
    {
        _folder.Write("train.csv", content);
        RunSetup.WriteTextPipeline(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "train.csv");
    }

    [Fact]
    public async Task Run_MissingColumn_IsAMistakeThatNamesTheNearest()
    {
        _folder.Write("train.csv", TinyData.Texts(6, "Label,Txet"));
        RunSetup.WriteTextPipeline(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "no column 'Text'", "Did you mean 'Txet'?");
    }

    [Fact]
    public async Task Run_MissingLabelColumn_IsAMistake()
    {
        _folder.Write("train.csv", TinyData.Texts(6, "Kind,Text"));
        RunSetup.WriteTextPipeline(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "no column 'Label'", "Kind, Text");
    }

    [Fact]
    public async Task Run_DuplicateColumn_IsAMistake()
    {
        string[] lines = TinyData.Texts(6, "Label,Text").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        _folder.Write("train.csv", string.Join('\n', lines.Select((line, index) => index == 0 ? line + ",Text" : line + ",again")) + "\n");
        RunSetup.WriteTextPipeline(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "2 columns that are called 'Text'");
    }

    [Fact]
    public async Task Run_OneClassOnly_IsAMistake()
    {
        _folder.Write("train.csv", "Label,Text\ngood,a great film\ngood,a lovely story\n");
        RunSetup.WriteTextPipeline(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "'good'", "at least two classes");
    }

    [Fact]
    public async Task Run_EmptyTextsAndLabels_AreCountedAndSkipped()
    {
        _folder.Write("train.csv", TinyData.Texts(10) + "good,\n,a lovely story\nbad,   \ntoo,many,fields\n");
        _folder.Write("test.csv", TinyData.Texts(3));
        RunSetup.WriteTextPipeline(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        JsonNode rows = RunSetup.Metrics(_folder)["rows"]!;
        Assert.Equal((20, 6, 4), ((int)rows["train"]!, (int)rows["test"]!, (int)rows["skipped"]!));
        Assert.Contains("train.csv:22", call.Error, StringComparison.Ordinal);
        Assert.Contains("empty-text", call.Error, StringComparison.Ordinal);
        Assert.Contains("empty-label", call.Error, StringComparison.Ordinal);
        Assert.Contains("malformed", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NaNInPlaceOfALabel_IsAClassLikeAnyOther()
    {
        // A class may be called anything; what NaN means to a spreadsheet is not known here. The warning tells that it is a small one.
        _folder.Write("train.csv", TinyData.Texts(10) + "NaN,a film\n");
        RunSetup.WriteTextPipeline(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Contains("Only one row to train on: 'NaN'", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_TestLabelThatTrainingLacks_IsCountedAndSkipped()
    {
        _folder.Write("train.csv", TinyData.Texts(10));
        _folder.Write("test.csv", TinyData.Texts(3) + "goood,a great film\n");
        RunSetup.WriteTextPipeline(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Contains("no training row has the label 'goood'", call.Error, StringComparison.Ordinal);
        Assert.Equal(6, (int)RunSetup.Metrics(_folder)["test"]!["rows"]!);
    }

    [Fact]
    public async Task Run_NoTestRowWithAKnownLabel_IsAMistake()
    {
        _folder.Write("train.csv", TinyData.Texts(10));
        _folder.Write("test.csv", "Label,Text\nother,a great film\n");
        RunSetup.WriteTextPipeline(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "test.csv", "'other'");
    }

    [Fact]
    public async Task Run_TestSetOfOneRow_IsMeasured()
    {
        _folder.Write("train.csv", TinyData.Texts(10));
        _folder.Write("test.csv", "Label,Text\ngood,a great film\n");
        RunSetup.WriteTextPipeline(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Equal(1, (int)RunSetup.Metrics(_folder)["test"]!["rows"]!);
    }

    [Theory]
    [InlineData(", \"test\": \"t.csv\", \"testFraction\": 0.5", "data.test")]
    [InlineData(", \"testFraction\": 0.5, \"folds\": 3", "data.folds")]
    [InlineData(", \"folds\": 50", "fewer folds")]
    public async Task Run_TestSetsThatContradict_IsAMistake(string data, string expected)
    {
        _folder.Write("train.csv", TinyData.Texts(6));
        RunSetup.WriteTextPipeline(_folder, data);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, expected);
    }

    [Fact]
    public async Task Run_BinaryTaskWithThreeClasses_IsAMistake()
    {
        _folder.Write("train.csv", TinyData.Texts(6) + "meh,a film\nmeh,a story\n");
        RunSetup.WriteTextPipeline(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json", "--set", "task=binary-classification"), _folder, "3 classes", "multiclass-classification");
    }
}
