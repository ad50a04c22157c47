using System.Globalization;
using System.Text.Json.Nodes;
using MLTransfer.Runner.Tests.Runs;

namespace MLTransfer.Runner.Tests.Commands;

public sealed class FindRateCommandTests : IDisposable
{
    private const string FineTune = """, "fineTune": { "epochs": 12, "batchSize": 8, "headStart": "random", "dropout": 0 }""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task FindRate_FineTune_SuggestsARateThatLearns()
    {
        Prepare(FineTune);
        string[] before = Files();

        RunnerCall call = await RunnerCall.InAsync(_folder, "find-rate", "pipeline.json", "--json", "--output", "curve.csv");

        Assert.Equal(0, call.ExitCode);
        Assert.Equal("", call.Error);
        JsonObject result = call.Lines[^1];
        double rate = (double)result["suggestedRate"]!, headRate = (double)result["suggestedHeadRate"]!;
        JsonArray curve = result["curve"]!.AsArray();
        double lowest = (double)curve.MinBy(static point => (double)point!["smoothedLoss"]!)!["learningRate"]!;
        Assert.InRange(rate, 1e-7, lowest / 10 * 1.0001);
        Assert.Equal(["curve.csv"], Files().Except(before));
        Assert.Empty(before.Except(Files()));
        string[] lines = File.ReadAllLines(_folder.PathOf("curve.csv"));
        Assert.Equal("learningRate,loss,smoothedLoss", lines[0]);
        Assert.Equal(curve.Count, lines.Length - 1);
        Assert.Equal((double)curve[3]!["loss"]!, double.Parse(lines[4].Split(',')[1], CultureInfo.InvariantCulture));

        RunnerCall run = await RunnerCall.InAsync(
            _folder, "pipeline.json", "--set", string.Create(CultureInfo.InvariantCulture, $"fineTune.learningRate={rate}"), "--set", string.Create(CultureInfo.InvariantCulture, $"fineTune.headLearningRate={headRate}"));

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(1, (double)RunSetup.Metrics(_folder)["test"]!["accuracy"]!);
    }

    [Fact]
    public async Task FindRate_ForPeople_DrawsTheCurveAndSaysWhatToSet()
    {
        Prepare(FineTune);

        RunnerCall call = await RunnerCall.InAsync(_folder, "find-rate", "pipeline.json");
        RunnerCall quiet = await RunnerCall.InAsync(_folder, "find-rate", "pipeline.json", "--quiet");

        Assert.Equal(0, call.ExitCode);
        Assert.Contains("smoothed loss over the learning rate", call.Output, StringComparison.Ordinal);
        Assert.Contains('*', call.Output);
        string rate = quiet.Output.Trim();
        Assert.True(double.TryParse(rate, CultureInfo.InvariantCulture, out _), quiet.Output);
        Assert.Contains($"--set fineTune.learningRate={rate} ", call.Output, StringComparison.Ordinal);
        Assert.Contains($"^ {rate}", call.Output, StringComparison.Ordinal);
    }

    // An earlier run, and a checkpoint to go on from, are none of its business.
    [Fact]
    public async Task FindRate_EarlierRunAndCheckpoint_LeavesThemAlone()
    {
        Prepare(FineTune);
        Assert.Equal(0, (await RunnerCall.InAsync(_folder, "pipeline.json")).ExitCode);
        _folder.Write(".run.checkpoint.safetensors", "not to be read");
        Dictionary<string, byte[]> before = Files().ToDictionary(static name => name, name => File.ReadAllBytes(_folder.PathOf(name)));

        Assert.Equal(0, (await RunnerCall.InAsync(_folder, "find-rate", "pipeline.json", "--steps", "20")).ExitCode);

        Assert.Equal(before.Keys, Files());
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(_folder.PathOf(file.Key))));
    }

    [Fact]
    public async Task FindRate_NothingToLearn_SaysThatThereIsNoRate()
    {
        Prepare(FineTune);

        RunnerCall call = await RunnerCall.InAsync(_folder, "find-rate", "pipeline.json", "--quiet", "--lowest", "1e-12", "--highest", "1e-11", "--steps", "40");

        Assert.Equal(0, call.ExitCode);
        Assert.Equal("", call.Output);
        Assert.Contains("none is suggested", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FindRate_Cancelled_LeavesNothing()
    {
        Prepare(FineTune);
        string[] before = Files();

        RunnerCall call = await RunnerCall.CancelledAtAsync(
            _folder, ["\"stage-advanced\"", "\"training\""], "find-rate", "pipeline.json", "--steps", "100000", "--highest", "1e-6", "--output", "curve.csv");

        Assert.Equal(ExitCode.Cancelled, call.ExitCode);
        Assert.StartsWith("Cancelled", call.Error, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    [Fact]
    public async Task FindRate_NoFineTuning_SaysWhatToAdd()
    {
        Prepare("");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "find-rate", "pipeline.json"), _folder, "'fineTune'");
    }

    [Theory]
    [InlineData("--steps 3", "--steps must be from 10")]
    [InlineData("--lowest 0", "--lowest must be above 0")]
    [InlineData("--lowest 0.5 --highest 0.1", "--highest is 0.1, and must be above the lowest rate, 0.5")]
    [InlineData("--smoothing 1", "--smoothing must be")]
    [InlineData("--stop-at 1", "--stop-at must be above 1")]
    [InlineData("--output curve.txt", "ends with .csv")]
    public async Task FindRate_OptionOutOfRange_NamesIt(string options, string expected)
    {
        Prepare(FineTune);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, ["find-rate", "pipeline.json", .. options.Split(' ')]), _folder, expected);
    }

    private string[] Files() => [.. Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(_folder.Path, path)).Order(StringComparer.Ordinal)];

    private void Prepare(string more)
    {
        _folder.Write("train.csv", TinyData.Texts(perClass: 20));
        _folder.Write("test.csv", TinyData.Texts(perClass: 6));
        TinyBackbone.WriteTexts(_folder, blocks: 2);
        RunSetup.WriteTextPipeline(_folder, more: more);
    }
}
