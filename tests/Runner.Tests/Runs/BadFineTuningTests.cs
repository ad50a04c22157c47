using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests.Runs;

/// <summary>Data and options that a fine-tuning meets in practice and that are not what it would like.</summary>
[Collection(FineTunings.OneAfterTheOther)]
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

    [Fact]
    public async Task Run_BaselineWithoutTestRows_SaysWhatIsMissing()
    {
        Prepare(TinyData.Texts(perClass: 10), "\"epochs\": 1, \"baseline\": [\"scratch\", \"frozen\"]", hasTest: false);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "fineTune.baseline compares on test rows", "data.testFraction");
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

    [Fact]
    public async Task Run_AdapterOfNoWeight_ListsThoseThatThereAre()
    {
        Prepare(TinyData.Texts(perClass: 10), "\"train\": { \"lora\": { \"targets\": [\"query\"] } }");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "'query'", "block0.weight", "block1.weight");
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
