using System.Text.Json.Nodes;
using MLTransfer.Runner.Tests.Runs;
using SkiaSharp;

namespace MLTransfer.Runner.Tests.Commands;

/// <summary>predict and evaluate, with a model for images and one for texts that are trained once.</summary>
public sealed class ModelCommandTests(ModelCommandTests.TrainedModels models) : IClassFixture<ModelCommandTests.TrainedModels>
{
    private readonly TemporaryFolder _folder = models.Folder;

    [Fact]
    public async Task Predict_Image_PrintsItsLabel()
    {
        _folder.Write("new/one.png", TinyData.Picture(SKColors.Green, 9));

        RunnerCall call = await RunnerCall.InAsync(_folder, "predict", "images", "new/one.png");

        call.AssertEnded(ExitCode.Success);
        Assert.Matches(@"^green +0\.\d{4}  one\.png\s*$", call.Output);
    }

    [Fact]
    public async Task Predict_FolderOfImages_TakesThemAtAnyDepth()
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "predict", "images/model.zip", "train", "--json");

        call.AssertEnded(ExitCode.Success);
        Assert.Equal(18, call.Lines.Count);
        Assert.All(call.Lines, static line => Assert.StartsWith((string)line["predictedLabel"]!, (string)line["key"]!, StringComparison.Ordinal));
        Assert.All(call.Lines, static line => Assert.Equal(1, line["scores"]!.AsObject().Sum(static score => (double)score.Value!), 1e-4));
    }

    [Fact]
    public async Task Predict_Texts_ArePredictedInTheirOrder()
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "predict", "texts", "--text", "a great film", "--text", "a boring story", "--json");

        Assert.Equal(["good", "bad"], call.Lines.Select(static line => (string)line["predictedLabel"]!));
    }

    [Theory]
    [InlineData(".csv")]
    [InlineData(".jsonl")]
    [InlineData(".parquet")]
    public async Task Predict_Output_CanBeReadAgain(string extension)
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "predict", "texts", "train.csv", "--output", $"out/predicted{extension}");

        call.AssertEnded(ExitCode.Success);
        Assert.Equal([$"predicted{extension}"], Directory.GetFiles(_folder.PathOf("out"), "*" + extension).Select(Path.GetFileName));
        RunnerCall again = await RunnerCall.InAsync(_folder, "validate", Pipeline($"out/predicted{extension}"), "--json");
        again.AssertEnded(ExitCode.Success);
        Assert.Equal(40, (int)again.Lines[0]["trainingRows"]!);
        Assert.Equal(["bad", "good"], again.Lines[0]["classes"]!.AsArray().Select(static name => (string)name!));
    }

    [Theory]
    [InlineData("predict images train.csv", "no column 'ImagePath'")]
    [InlineData("predict texts train", "reads a text 'Text'")]
    [InlineData("predict images --text hello", "reads an image 'ImagePath'")]
    [InlineData("predict nowhere train", "does not exist")]
    [InlineData("predict train train", "is no run folder")]
    [InlineData("predict pipeline.json train", "pipeline.json")]
    [InlineData("predict texts train.csv --output out.xlsx", "'.xlsx'")]
    [InlineData("predict images nowhere.png", "does not exist")]
    [InlineData("evaluate texts train", "train")]
    [InlineData("evaluate texts train.csv --label Lable", "Did you mean 'Label'?")]
    public async Task Command_WrongInput_IsAMistake(string line, string expected)
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, line.Split(' '));

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.True(call.Error.Contains(expected, StringComparison.Ordinal), call.Error);
        Assert.DoesNotContain("   at ", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Evaluate_TestSetOfTheRun_GivesItsMetrics()
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, "evaluate", "images", "test", "--json", "--output", "again.json");

        call.AssertEnded(ExitCode.Success);
        JsonNode measured = call.Lines[0]["metrics"]!["test"]!;
        JsonNode expected = RunSetup.Metrics(_folder, "images")["test"]!;
        Assert.Equal((double)expected["accuracy"]!, (double)measured["accuracy"]!);
        Assert.Equal((double)expected["logLoss"]!, (double)measured["logLoss"]!, 1e-5);
        Assert.True(JsonNode.DeepEquals(measured, JsonNode.Parse(File.ReadAllText(_folder.PathOf("again.json")))!["test"]));
    }

    [Fact]
    public async Task Evaluate_UnknownLabels_AreCountedAndLeftOut()
    {
        _folder.Write("mixed.csv", TinyData.Texts(4) + "goood,a great film\n");

        RunnerCall call = await RunnerCall.InAsync(_folder, "evaluate", "texts", "mixed.csv", "--json");

        Assert.Equal(8, (int)call.Lines[0]["metrics"]!["test"]!["rows"]!);
        Assert.Contains("does not know the label 'goood'; the nearest is 'good'", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Binary_Model_PredictsAndEvaluates()
    {
        RunnerCall run = await RunnerCall.InAsync(_folder, "texts.json", "--set", "task=binary-classification", "--output", "binary", "--quiet");
        RunnerCall predict = await RunnerCall.InAsync(_folder, "predict", "binary", "--text", "a great film", "--text", "a boring story", "--json");
        RunnerCall evaluate = await RunnerCall.InAsync(_folder, "evaluate", "binary", "train.csv", "--json");

        Assert.Equal((0, 0, 0), (run.ExitCode, predict.ExitCode, evaluate.ExitCode));
        Assert.Equal(["good", "bad"], predict.Lines.Select(static line => (string)line["predictedLabel"]!));
        Assert.True((double)predict.Lines[0]["scores"]!["good"]! > 0.5);
        Assert.Equal(1, (double)evaluate.Lines[0]["metrics"]!["test"]!["areaUnderRocCurve"]!);
        Assert.NotNull(RunSetup.Metrics(_folder, "binary")["test"]!["averagePrecision"]);
    }

    private string Pipeline(string table)
    {
        _folder.Write("of-predictions.json", $$"""
            {
              "task": "multiclass-classification",
              "data": { "train": "{{table}}", "label": "predictedLabel" },
              "features": [{ "text": "key", "backbone": "tiny-text" }]
            }
            """);
        return "of-predictions.json";
    }

    public sealed class TrainedModels : IAsyncLifetime
    {
        internal TemporaryFolder Folder { get; } = new();

        public async ValueTask InitializeAsync()
        {
            TinyData.WriteImages(Folder, "train", perClass: 6);
            TinyData.WriteImages(Folder, "test", perClass: 2);
            TinyBackbone.WriteImages(Folder);
            TinyBackbone.WriteTexts(Folder);
            RunSetup.WriteImagePipeline(Folder);
            RunnerCall images = await RunnerCall.InAsync(Folder, "pipeline.json", "--output", "images", "--quiet");
            Folder.Write("train.csv", TinyData.Texts(20));
            RunSetup.WriteTextPipeline(Folder, data: """, "testFraction": 0.3""");
            File.Move(Folder.PathOf("pipeline.json"), Folder.PathOf("texts.json"));
            RunnerCall texts = await RunnerCall.InAsync(Folder, "texts.json", "--output", "texts", "--quiet");
            RunSetup.WriteImagePipeline(Folder);
            Assert.Equal(("", ""), (images.Error, texts.Error));
        }

        public ValueTask DisposeAsync()
        {
            Folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
