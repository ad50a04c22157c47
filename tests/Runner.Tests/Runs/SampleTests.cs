using System.Text.Json.Nodes;

namespace MLTransfer.Runner.Tests.Runs;

/// <summary>Every sample of the repository runs and reaches what it promises.</summary>
public sealed class SampleTests : IDisposable
{
    // Bounds from scikit-learn's logistic regression on the same features: 0.88 to 0.92 on the 50 photos; intents are easier than all 77 (0.93).
    private static readonly Dictionary<string, double> LeastAccuracy = new()
    {
        ["flowers"] = 0.86,
        ["flowers-finetune"] = 0.86,
        ["intents"] = 0.93,
        ["intents-top2"] = 0.9,
        ["intents-lora"] = 0.9,
    };

    // All weights of an image backbone take minutes: one epoch of its last block, on one changed version of each photo.
    private static readonly Dictionary<string, string[]> Shortened = new()
    {
        ["flowers-finetune"] = ["fineTune.epochs=1", "fineTune.train.top=1", "fineTune.augmentation.views=1"],
    };

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Samples =>
        [.. Directory.GetFiles(Repository.PathOf("samples"), "pipeline.json", SearchOption.AllDirectories).Select(static path => Path.GetFileName(Path.GetDirectoryName(path)!)).Order()];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Run_Sample_ReachesItsAccuracy(string sample)
    {
        IEnumerable<string> set = [$"cache.directory={_folder.PathOf("kept")}", .. Shortened.GetValueOrDefault(sample, [])];

        RunnerCall call = await RunnerCall.InAsync(
            _folder, [Repository.PathOf("samples", sample, "pipeline.json"), "--output", "run", .. set.SelectMany(static value => new[] { "--set", value })]);

        call.AssertEnded(ExitCode.Success);
        Assert.Empty(call.Error);
        JsonNode metrics = RunSetup.Metrics(_folder);
        Assert.True((double)metrics["test"]!["accuracy"]! >= LeastAccuracy[sample], $"{sample}: accuracy {metrics["test"]!["accuracy"]}");
        Assert.Equal(0, (int)metrics["rows"]!["skipped"]!);
    }
}
