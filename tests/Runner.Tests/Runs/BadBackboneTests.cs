namespace MLTransfer.Runner.Tests.Runs;

public sealed class BadBackboneTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public BadBackboneTests()
    {
        TinyData.WriteImages(_folder, "train", perClass: 3);
        RunSetup.WriteImagePipeline(_folder);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    public async Task Run_TruncatedBackbone_IsAMistake(string verb)
    {
        string path = Path.Combine(TinyBackbone.WriteImages(_folder), "model.onnx");
        byte[] whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..(whole.Length / 2)]);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, verb, "pipeline.json"), _folder, "model.onnx");
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>404 Not Found</html>")]
    public async Task Run_BackboneThatIsNoOnnxFile_IsAMistake(string content)
    {
        string path = Path.Combine(TinyBackbone.WriteImages(_folder), "model.onnx");
        File.WriteAllText(path, content);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, "model.onnx");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    public async Task Run_WrongHash_IsAMistakeThatNamesBoth(string verb)
    {
        string wrong = new('a', 64);
        string path = Path.Combine(TinyBackbone.WriteImages(_folder, sha256: wrong), "model.onnx");
        string right = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, verb, "pipeline.json"), _folder, wrong, right);
    }

    [Fact]
    public async Task Run_MissingModelFile_IsAMistakeThatSaysWhereItGoes()
    {
        string path = Path.Combine(TinyBackbone.WriteImages(_folder), "model.onnx");
        File.Delete(path);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json"), _folder, path, "Put it there");
    }

    [Fact]
    public async Task Run_MisspeltName_NamesTheNearest() => RunSetup.AssertMistake(
        await RunnerCall.InAsync(_folder, "pipeline.json", "--set", "features[0].backbone=efficientnet-lite"), _folder, "Did you mean 'efficientnet-lite0'?");

    [Fact]
    public async Task Run_TextBackboneForImages_IsAMistake()
    {
        TinyBackbone.WriteTexts(_folder);

        RunSetup.AssertMistake(
            await RunnerCall.InAsync(_folder, "pipeline.json", "--set", "features[0].backbone=tiny-text"), _folder, "reads texts", "'ImagePath' holds images");
    }

    [Fact]
    public async Task Run_TensorThatIsNotThere_IsAMistake()
    {
        TinyBackbone.WriteImages(_folder);

        RunSetup.AssertMistake(await RunnerCall.InAsync(_folder, "pipeline.json", "--set", "features[0].tensor=feature"), _folder, "feature");
    }

    [Fact]
    public async Task Run_ProviderThatTheBuildLacks_IsAMistake()
    {
        TinyBackbone.WriteImages(_folder);

        RunSetup.AssertMistake(
            await RunnerCall.InAsync(_folder, "pipeline.json", "--set", "inference.provider=core-ml"), _folder, "CoreMl", "allowFallback");
    }

    [Fact]
    public async Task Run_InnerTensorAndPooling_AreUsed()
    {
        TinyBackbone.WriteImages(_folder);

        RunnerCall call = await RunnerCall.InAsync(
            _folder, "pipeline.json", "--set", "features[0].tensor=pixels", "--set", "features[0].pooling=global-average", "--set", "data.testFraction=0.34");

        call.AssertEnded(ExitCode.Success);
        Assert.Contains("3 features a row", call.Output, StringComparison.Ordinal);
    }
}
