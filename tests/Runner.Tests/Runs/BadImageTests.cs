using System.Text.Json.Nodes;
using SkiaSharp;

namespace MLTransfer.Runner.Tests.Runs;

public sealed class BadImageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BadImageTests()
    {
        TinyData.WriteImages(_folder, "train", perClass: 4);
        TinyData.WriteImages(_folder, "test", perClass: 2);
        TinyBackbone.WriteImages(_folder);
    }

    public static TheoryData<string, byte[]> BadFiles
    {
        get
        {
            byte[] jpeg = TinyData.Picture(SKColors.Red, format: SKEncodedImageFormat.Jpeg);
            byte[] damaged = [.. jpeg];
            damaged.AsSpan(20).Clear(); // begins as a JPEG does, and ends in nothing
            return new TheoryData<string, byte[]>
            {
                { "broken.jpg", damaged },
                { "cut.jpg", jpeg[..(jpeg.Length / 3)] },
                { "empty.png", [] },
                { "words.png", "this is no picture"u8.ToArray() },
            };
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task Run_UnusableImage_IsCountedNamedAndSkipped(string name, byte[] content)
    {
        _folder.Write($"train/red/{name}", content);
        RunSetup.WriteImagePipeline(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Contains($"red/{name}", call.Error, StringComparison.Ordinal);
        Assert.Contains("1 row skipped", call.Error, StringComparison.Ordinal);
        Assert.Contains($"red/{name}", File.ReadAllText(_folder.PathOf("run/run.log")), StringComparison.Ordinal);
        JsonNode rows = RunSetup.Metrics(_folder)["rows"]!;
        Assert.Equal((12, 6, 1), ((int)rows["train"]!, (int)rows["test"]!, (int)rows["skipped"]!));
    }

    [Theory]
    [MemberData(nameof(BadFiles))]
    public async Task Run_UnusableImageAndOnErrorFail_StopsAndNamesIt(string name, byte[] content)
    {
        _folder.Write($"train/red/{name}", content);
        RunSetup.WriteImagePipeline(_folder, data: """, "onError": "fail" """);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        RunSetup.AssertMistake(call, _folder, $"red/{name}", "onError");
    }

    [Fact]
    public async Task Run_ClassWithOneImage_TrainsWithAWarning()
    {
        foreach (string file in Directory.GetFiles(_folder.PathOf("train/red"))[1..])
            File.Delete(file);
        RunSetup.WriteImagePipeline(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Contains("Only one row to train on: 'red'", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ClassWithOneImageAndHoldout_IsTrainedAndNotTested()
    {
        Directory.Delete(_folder.PathOf("test"), recursive: true);
        foreach (string file in Directory.GetFiles(_folder.PathOf("train/red"))[1..])
            File.Delete(file);
        RunSetup.WriteImagePipeline(_folder, data: """, "testFraction": 0.3""");

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Contains("'red'", call.Error, StringComparison.Ordinal);
        Assert.Equal(0, (int)RunSetup.Metrics(_folder)["test"]!["perClass"]!["red"]!["support"]!);
    }

    [Fact]
    public async Task Run_ClassWithOneImageAndFolds_IsAMistake()
    {
        Directory.Delete(_folder.PathOf("test"), recursive: true);
        foreach (string file in Directory.GetFiles(_folder.PathOf("train/red"))[1..])
            File.Delete(file);
        RunSetup.WriteImagePipeline(_folder, data: """, "folds": 3""");

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "'red'", "one row");
    }

    [Fact]
    public async Task Run_OneClassOnly_IsAMistake()
    {
        Directory.Delete(_folder.PathOf("train/red"), recursive: true);
        Directory.Delete(_folder.PathOf("train/blue"), recursive: true);
        RunSetup.WriteImagePipeline(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "'green'", "at least two classes");
    }

    [Fact]
    public async Task Run_TestClassThatTrainingLacks_IsCountedAndSkipped()
    {
        _folder.Write("test/gren/1.png", TinyData.Picture(SKColors.Green));
        RunSetup.WriteImagePipeline(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Contains("no training row has the label 'gren'", call.Error, StringComparison.Ordinal);
        Assert.Contains("nearest is 'green'", call.Error, StringComparison.Ordinal);
        Assert.Equal(1, (int)RunSetup.Metrics(_folder)["rows"]!["skipped"]!);
    }

    [Fact]
    public async Task Run_TestSetOfOneRow_IsMeasured()
    {
        Directory.Delete(_folder.PathOf("test"), recursive: true);
        _folder.Write("test/red/1.png", TinyData.Picture(SKColors.Red, 7));
        RunSetup.WriteImagePipeline(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Equal(1, (int)RunSetup.Metrics(_folder)["test"]!["rows"]!);
        Assert.Equal(1, (double)RunSetup.Metrics(_folder)["test"]!["accuracy"]!);
    }

    [Theory]
    [InlineData("nowhere", "does not exist")]
    [InlineData("train/red", "holds no class folder")]
    public async Task Run_WrongDataFolder_IsAMistake(string train, string expected)
    {
        RunSetup.WriteImagePipeline(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json", "--set", $"data.train={train}", "--set", "data.format=image-folder"), _folder, expected);
    }

    [Fact]
    public async Task Run_FileInPlaceOfTheFolder_IsAMistake()
    {
        _folder.Write("photos", "not a folder");
        RunSetup.WriteImagePipeline(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json", "--set", "data.train=photos"), _folder, "photos");
    }

    [Fact]
    public async Task Run_UnreadableFolder_IsAMistake()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has other permissions.");
            return; // for the analyzer
        }
        if (Environment.UserName == "root")
            Assert.Skip("Permissions do not bind root; a file in place of the folder is tested beside this.");
        File.SetUnixFileMode(_folder.PathOf("train/red"), UnixFileMode.None);
        try
        {
            RunSetup.WriteImagePipeline(_folder);
            RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "train/red", "cannot be read");
        }
        finally
        {
            File.SetUnixFileMode(_folder.PathOf("train/red"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData("skip")]
    [InlineData("fail")]
    public async Task Run_FeaturesThatAreNotNumbers_AreTreatedAsBadRows(string onError)
    {
        // The logarithm of a negative mean is not a number: pure red has two channels below 127.
        TinyBackbone.WriteImages(_folder, "not-a-number", isBroken: true);
        RunSetup.WriteImagePipeline(_folder, backbone: "not-a-number", data: $""", "onError": "{onError}" """);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, onError == "fail" ? "not a finite number" : "no class is left");
    }
}
