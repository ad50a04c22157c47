using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests.Runs;

/// <summary>Data and options that a fine-tuning meets in practice and that are not what it would like.</summary>
public sealed class BadFineTuningTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_FeaturesThatAreNoNumbers_StopAtTheFirstStep()
    {
        Prepare(TinyData.Texts(perClass: 10), "\"epochs\": 3", isBroken: true);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "The loss became NaN in epoch 1, step 1", "look for broken rows");
    }

    [Fact]
    public async Task Run_ValidationRowsOfOneClass_WarnsAndTrains()
    {
        // A class with a single row keeps it for training.
        string table = string.Join('\n', TinyData.Texts(perClass: 10).Split('\n').Where(static (line, i) => !line.StartsWith("bad", StringComparison.Ordinal) || i == 2));
        Prepare(table, "\"epochs\": 2, \"earlyStopping\": { \"validationFraction\": 0.3 }");

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Contains("validation rows are of the class 'good'", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_BatchLargerThanTheData_MakesOneStepAnEpoch()
    {
        Prepare(TinyData.Texts(perClass: 10), "\"epochs\": 3, \"batchSize\": 4096");

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json", "--json");

        call.AssertEnded(ExitCode.Success);
        JsonObject training = Assert.Single(call.Lines, static line => (string?)line["event"] == "stage-started" && (string?)line["stage"] == "training" && (string?)line["unit"] == "steps");
        Assert.Equal(3, (int)training["total"]!);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    public async Task Run_BaselineWithoutTestRows_SaysWhatIsMissing(string verb)
    {
        Prepare(TinyData.Texts(perClass: 10), "\"epochs\": 1, \"baseline\": [\"scratch\", \"frozen\"]", hasTest: false);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, verb, "pipeline.json"), _folder, "fineTune.baseline compares on test rows", "data.testFraction");
    }

    [Theory]
    [InlineData("\"best\"", "holds 'best'")]
    [InlineData("[]", "is an empty list")]
    [InlineData("[\"frozen\", 3]", "no text")]
    public async Task Run_BaselineThatIsNone_SaysWhichThereAre(string value, string expected)
    {
        Prepare(TinyData.Texts(perClass: 10), $"\"epochs\": 1, \"baseline\": {value}");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, expected, "\"scratch\"");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    public async Task Run_AdapterOfNoWeight_ListsThoseThatThereAre(string verb)
    {
        Prepare(TinyData.Texts(perClass: 10), "\"train\": { \"lora\": { \"targets\": [\"query\"] } }");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, verb, "pipeline.json"), _folder, "'query'", "block0.weight", "block1.weight");
    }

    [Theory]
    [InlineData("\"train\": { \"top\": 3 }", "fineTune.train.top is 3, and the backbone has 2 blocks")]
    [InlineData("\"augmentation\": { \"flip\": true }", "fineTune.augmentation changes images")]
    [InlineData("\"epochs\": 1 }, \"inference\": { \"provider\": \"cuda\"", "allowFallback")]
    public async Task Validate_WhatCannotBeTrained_SaysSo(string options, string expected)
    {
        Prepare(TinyData.Texts(perClass: 10), options);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "validate", "pipeline.json"), _folder, expected);
    }

    [Theory]
    [InlineData("\"train\": { \"top\": 1 }")]
    [InlineData("\"train\": { \"lora\": {} }")]
    public async Task Validate_ThenRun_TellTheSameOfWhatTrains(string options)
    {
        Prepare(TinyData.Texts(perClass: 10), $"{options}, \"epochs\": 1");

        RunnerCall validate = await RunnerCall.InAsync(_folder, "validate", "pipeline.json", "--json");
        RunnerCall run = await RunnerCall.InAsync(_folder, "pipeline.json");

        validate.AssertEnded(ExitCode.Success);
        run.AssertEnded(ExitCode.Success);
        Assert.Contains((string)validate.Lines.Single()["trains"]!, File.ReadAllText(_folder.PathOf("run/run.log")), StringComparison.Ordinal);
    }

    private void Prepare(string table, string options, bool isBroken = false, bool hasTest = true)
    {
        _folder.Write("train.csv", table);
        if (hasTest)
            _folder.Write("test.csv", TinyData.Texts(perClass: 4));
        TinyBackbone.WriteTexts(_folder, blocks: 2, isBroken: isBroken);
        RunSetup.WriteTextPipeline(_folder, more: $$""", "fineTune": { {{options}} }""");
    }
}
